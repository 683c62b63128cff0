import { metrics } from '@opentelemetry/api';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { AggregationTemporality, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { createSignalbox } from 'signalbox';
import type { QueueTelemetry } from 'signalbox/jobs';
import { createJobs } from 'signalbox/jobs';
import { exporters } from 'signalbox/sdk';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pass, useFakeTime, useRealTime } from '../examples/queue/fake-time.js';
import { KeptMetrics } from '../sdk/helpers.js';
import type { TestOtel } from '../support/otel.js';
import { pointsOf, resetOtel } from '../support/otel.js';
import { startRig } from './rig.js';

beforeEach(useFakeTime);
afterEach(() => {
  useRealTime();
  resetOtel();
});

const OLD = { depth: () => ({ waiting: 500 }), oldestAgeMillis: () => 3_600_000 };
const YOUNG = { depth: () => ({ waiting: 3 }), oldestAgeMillis: () => 5000 };

/** The values of the series of a metric, by the label that tells them apart. */
async function values(otel: TestOtel, metric: string, label = 'messaging.destination.name'): Promise<object> {
  const points = await otel.points(metric);
  return Object.fromEntries(points.map(({ labels, value }) => [String(labels[label]), value]));
}

const up = (otel: TestOtel): Promise<object> => values(otel, 'queue.monitor.up', 'queue.monitor.measure');

function run(queue: QueueTelemetry, type: string, worker?: string) {
  return queue.attempt({ job: { id: type, type }, number: 1, ...(worker ? { worker } : {}) });
}

describe('a monitor that stops', () => {
  test('its gauges - end with 0 in an SDK that tells the last value for ever', async () => {
    const { otel, queue } = startRig({ capacity: 1000 });
    const monitor = queue.monitor(OLD);
    expect(await values(otel, 'queue.jobs')).toEqual({ mail: 500 });
    expect(await up(otel)).toEqual({ jobs: 1, oldest_age: 1 });
    monitor.stop();
    for (let collection = 0; collection < 2; collection++) {
      expect(await values(otel, 'queue.jobs')).toEqual({ mail: 0 });
      expect(await values(otel, 'queue.oldest.age')).toEqual({ mail: 0 });
      expect(await values(otel, 'queue.capacity')).toEqual({ mail: 0 });
      expect(await up(otel)).toEqual({ jobs: 0, oldest_age: 0 });
    }
  });

  test('its gauges - are those of the next one once the queue is watched here again', async () => {
    const { otel, queue } = startRig({ capacity: 1000 });
    queue.monitor(OLD).stop();
    const second = queue.monitor(OLD);
    expect(await values(otel, 'queue.jobs')).toEqual({ mail: 500 });
    second.stop();
    expect(await values(otel, 'queue.jobs')).toEqual({ mail: 0 });
    queue.monitor(YOUNG);
    expect(await values(otel, 'queue.jobs')).toEqual({ mail: 3 });
    expect(await values(otel, 'queue.oldest.age')).toEqual({ mail: 5 });
    expect(await values(otel, 'queue.capacity')).toEqual({ mail: 1000 });
    expect(await up(otel)).toEqual({ jobs: 1, oldest_age: 1 });
  });

  test('its gauges - end in one queue alone, also while another is slow to answer', async () => {
    const { otel, jobs, queue } = startRig();
    const slow = new Promise((resolve) => setTimeout(resolve, 1000)).then(() => ({ waiting: 7 }));
    const monitor = queue.monitor(OLD);
    jobs.queue('report').monitor({ depth: () => slow });
    const first = values(otel, 'queue.jobs');
    await pass(1000);
    expect(await first).toEqual({ mail: 500, report: 7 });
    monitor.stop();
    expect(await values(otel, 'queue.jobs')).toEqual({ mail: 0, report: 7 });
  });

  test('its gauges - end where the queue was closed beneath it', async () => {
    const { otel, queue } = startRig();
    let isClosed = false;
    queue.monitor({ ...OLD, closed: () => isClosed });
    expect(await values(otel, 'queue.jobs')).toEqual({ mail: 500 });
    isClosed = true;
    expect(await values(otel, 'queue.jobs')).toEqual({ mail: 0 });
    expect(await up(otel)).toEqual({ jobs: 0, oldest_age: 0 });
  });

  test('its gauges - vanish from a destination of its own', async () => {
    const kept = new KeptMetrics(AggregationTemporality.CUMULATIVE);
    const box = createSignalbox({
      destinations: { collector: exporters({ metrics: kept }) },
      otherTelemetry: 'collector',
    });
    const monitor = createJobs(box).queue('mail', { capacity: 10 }).monitor(OLD);
    await box.forceFlush();
    expect(kept.names).toEqual(expect.arrayContaining(['queue.capacity', 'queue.jobs', 'queue.oldest.age']));
    expect(kept.points('queue.monitor.up').map(({ value }) => value)).toEqual([1, 1]);
    kept.batches.length = 0;
    monitor.stop();
    await box.forceFlush();
    expect(kept.names.filter((name) => name.startsWith('queue.'))).toEqual([]);
    await box.shutdown();
  });
});

describe('a store that is down', () => {
  test.each<[string, () => never | Promise<never>]>([
    [
      'throws',
      () => {
        throw new Error('no connection');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no connection'))],
  ])(
    'queue.monitor.up - is 0 in the same collection where it %s, and 1 again when it answers',
    async (_, fail) => {
      const { otel, queue } = startRig();
      let isDown = false;
      queue.monitor({
        depth: () => (isDown ? fail() : { waiting: 500 }),
        oldestAgeMillis: async () => (isDown ? fail() : 2000),
      });
      expect(await up(otel)).toEqual({ jobs: 1, oldest_age: 1 });
      isDown = true;
      expect(await up(otel)).toEqual({ jobs: 0, oldest_age: 0 });
      // It is not known that there are none.
      expect(await values(otel, 'queue.jobs')).toEqual({ mail: 500 });
      isDown = false;
      expect(await up(otel)).toEqual({ jobs: 1, oldest_age: 1 });
    },
  );

  test('queue.monitor.up - an age that is not known takes nothing away from the depth', async () => {
    const { otel, queue } = startRig();
    let age: number | undefined = 1000;
    queue.monitor({ depth: async () => ({ waiting: 1 }), oldestAgeMillis: async () => age });
    expect(await up(otel)).toEqual({ jobs: 1, oldest_age: 1 });
    age = undefined;
    expect(await up(otel)).toEqual({ jobs: 1, oldest_age: 0 });
  });

  test('queue.monitor.up - is 0 where it hangs, though the reader has less patience, and others are told', async () => {
    const { otel, jobs, queue } = startRig();
    let hangs = false;
    const depth = () => (hangs ? new Promise<never>(() => undefined) : Promise.resolve({ waiting: 1 }));
    queue.monitor({ depth });
    let waiting = 10;
    jobs.queue('report').monitor({ depth: () => ({ waiting }) });
    const told = async (): Promise<object> => {
      const collected = otel.metrics({ timeoutMillis: 1000 });
      await pass(1000);
      const all = await collected;
      const points = ['queue.monitor.up', 'queue.jobs'].map((name) => {
        const metric = all.get(name);
        return metric
          ? pointsOf(metric).map(({ labels, value }) => [labels['messaging.destination.name'], value])
          : [];
      });
      return { up: Object.fromEntries(points[0] ?? []), jobs: Object.fromEntries(points[1] ?? []) };
    };
    expect(await told()).toEqual({ up: { mail: 1, report: 1 }, jobs: { mail: 1, report: 10 } });
    hangs = true;
    waiting = 20;
    for (let second = 0; second < 5; second++) await told();
    expect(await told()).toEqual({ up: { mail: 0, report: 1 }, jobs: { mail: 1, report: 20 } });
    waiting = 30;
    await pass(10_000);
    expect(await told()).toEqual({ up: { mail: 0, report: 1 }, jobs: { mail: 1, report: 30 } });
    hangs = false;
    // Its question was lost, which is not known at once.
    await pass(60_000);
    expect(await told()).toEqual({ up: { mail: 1, report: 1 }, jobs: { mail: 1, report: 30 } });
  });
});

describe('workers and attempts', () => {
  test('worker.count - is 0 when a worker stops that never had a job', async () => {
    const { otel, queue } = startRig();
    const worker = queue.worker('w', { slots: 4 });
    worker.started();
    expect(await values(otel, 'worker.count', 'worker.state')).toEqual({ busy: 0, idle: 4 });
    worker.stopped();
    expect(await values(otel, 'worker.count', 'worker.state')).toEqual({ busy: 0, idle: 0 });
    queue.worker('w', { slots: 2 }).started();
    expect(await values(otel, 'worker.count', 'worker.state')).toEqual({ busy: 0, idle: 2 });
  });

  test.each<[string, (rig: ReturnType<typeof startRig>) => unknown]>([
    ['shut down', ({ box }) => box.shutdown()],
    ['disabled', ({ box }) => box.disable()],
  ])('a box that is %s - leaves 0 of all that it observed, and no counter falls', async (_, end) => {
    const rig = startRig({ types: ['welcome', 'receipt'] });
    const { otel, queue } = rig;
    run(queue, 'welcome', 'w');
    run(queue, 'receipt', 'v');
    queue.monitor(OLD);
    await pass(60_000);
    expect(await values(otel, 'job.active', 'job.type')).toEqual({ welcome: 1, receipt: 1 });
    expect(await values(otel, 'job.oldest_active.age', 'job.type')).toEqual({ welcome: 60, receipt: 60 });
    expect(await values(otel, 'worker.count', 'worker.state')).toEqual({ busy: 2, idle: 0 });
    const busy = await values(otel, 'worker.busy.time');
    await end(rig);
    expect(await values(otel, 'job.active', 'job.type')).toEqual({ welcome: 0, receipt: 0 });
    expect(await values(otel, 'job.oldest_active.age', 'job.type')).toEqual({ welcome: 0, receipt: 0 });
    expect(await values(otel, 'worker.count', 'worker.state')).toEqual({ busy: 0, idle: 0 });
    expect(await values(otel, 'queue.jobs')).toEqual({ mail: 0 });
    expect(await up(otel)).toEqual({ jobs: 0, oldest_age: 0 });
    expect(await values(otel, 'worker.busy.time')).toEqual(busy);
  });

  test('signalbox.queue.size - is 0 of a box that was shut down', async () => {
    const { otel } = startRig();
    const held = new Promise<void>(() => undefined);
    const box = createSignalbox({
      destinations: { slow: () => held },
      routes: [{ signals: '*', to: 'slow' }],
    });
    box.info('one');
    expect(await values(otel, 'signalbox.queue.size', 'signalbox.destination')).toEqual({ slow: 1 });
    const closing = box.shutdown({ timeoutMillis: 10 });
    await pass(10);
    await closing;
    expect(await values(otel, 'signalbox.queue.size', 'signalbox.destination')).toEqual({ slow: 0 });
    expect(await values(otel, 'signalbox.queue.capacity', 'signalbox.destination')).toEqual({ slow: 0 });
  });
});

describe('two boxes of one process', () => {
  test('a queue - is told by the one that still watches it', async () => {
    const { otel, box, queue } = startRig();
    queue.monitor(OLD);
    const other = createJobs(createSignalbox()).queue('mail');
    const second = other.monitor(YOUNG);
    run(other, 'welcome', 'w');
    await values(otel, 'queue.jobs');
    await box.shutdown();
    expect(await values(otel, 'queue.jobs')).toEqual({ mail: 3 });
    expect(await up(otel)).toEqual({ jobs: 1, oldest_age: 1 });
    expect(await values(otel, 'worker.count', 'worker.state')).toEqual({ busy: 1, idle: 0 });
    second.stop();
    expect(await values(otel, 'queue.jobs')).toEqual({ mail: 0 });
  });

  test('a box that comes when the other has gone - has its own numbers', async () => {
    const { otel, box, queue } = startRig();
    queue.monitor(OLD);
    await values(otel, 'queue.jobs');
    await box.shutdown();
    const monitor = createJobs(createSignalbox()).queue('mail').monitor(YOUNG);
    expect(await values(otel, 'queue.jobs')).toEqual({ mail: 3 });
    monitor.stop();
    expect(await values(otel, 'queue.jobs')).toEqual({ mail: 0 });
  });
});

class Reader extends MetricReader {
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }
  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }
}

describe('readers of an SDK', () => {
  test('all of them - see the end, those that pull and those of deltas too', async () => {
    const pulled = new PrometheusExporter({ preventServerStart: true });
    const deltas = new Reader({ aggregationTemporalitySelector: () => AggregationTemporality.DELTA });
    const provider = new MeterProvider({ readers: [pulled, deltas] });
    metrics.setGlobalMeterProvider(provider);
    const queue = createJobs(createSignalbox()).queue('mail');
    const monitor = queue.monitor(OLD);
    const worker = queue.worker('w');
    worker.started();
    const page = async (): Promise<string[]> => {
      const { resourceMetrics } = await pulled.collect();
      const lines = new PrometheusSerializer().serialize(resourceMetrics).split('\n');
      return lines
        .filter((line) => /^(queue|worker)_/.test(line))
        .map((line) =>
          line.replace(/\{.*?(?:job_state|worker_state|measure)="(\w+)".*\}/, ' $1').replace(/\{.*\}/, ''),
        );
    };
    const told = async (): Promise<object> => {
      const { resourceMetrics } = await deltas.collect();
      const all = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
      return Object.fromEntries(
        all
          .filter(({ descriptor }) => /^(queue|worker)\./.test(descriptor.name))
          .map((metric) => [metric.descriptor.name, pointsOf(metric).map(({ value }) => value)]),
      );
    };
    expect(await page()).toEqual(
      expect.arrayContaining(['queue_jobs waiting 500', 'queue_oldest_age 3600', 'worker_count idle 1']),
    );
    expect(await told()).toMatchObject({ 'queue.jobs': [500], 'worker.count': [0, 1] });
    monitor.stop();
    worker.stopped();
    expect(await page()).toEqual(
      expect.arrayContaining([
        'queue_jobs waiting 0',
        'queue_oldest_age 0',
        'queue_monitor_up jobs 0',
        'worker_count idle 0',
      ]),
    );
    // The difference, of what adds up.
    expect(await told()).toMatchObject({ 'queue.jobs': [0], 'worker.count': [0, -1] });
    await provider.shutdown();
  });
});
