import type { MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { createDenyListAttributesProcessor } from '@opentelemetry/sdk-metrics';
import { createSignalbox } from 'signalbox';
import { createJobs } from 'signalbox/jobs';
import { exporters } from 'signalbox/sdk';
import { afterEach, describe, expect, test } from 'vitest';
import { createFiller } from '../../bench/many-queues/fill.js';
import { seriesOf } from '../../bench/many-queues/series-count.js';
import type { ViewLike } from '../../src/sdk/metrics/view.js';
import { recordDiag, resetOtel } from '../support/otel.js';
import { KeptMetrics } from './helpers.js';

afterEach(resetOtel);

const RAISED: ViewLike = { instrumentName: '*', aggregationCardinalityLimit: 5000 };
const QUEUES = 150;
const TYPES = 20;
const OVERFLOW = 'otel.metric.overflow';

/** One good job of each type of each queue, seen through these views; `name`: of a queue. */
async function played(
  views?: readonly ViewLike[],
  name = (i: number): string => `queue-${i}`,
): Promise<KeptMetrics> {
  const metrics = new KeptMetrics();
  const box = createSignalbox({ destinations: { all: exporters({ metrics, ...(views ? { views } : {}) }) } });
  const types = Array.from({ length: TYPES }, (_, i) => `type-${i}`);
  const jobs = createJobs(box, { relation: 'none' });
  for (let i = 0; i < QUEUES; i++) {
    const queue = jobs.queue(name(i), { types });
    for (const type of types) {
      const attempt = queue.attempt({ job: { id: 'a', type }, number: 1, runnableAt: queue.now() - 10 });
      attempt.completed();
    }
  }
  await box.forceFlush();
  await box.shutdown();
  return metrics;
}

/** What all the series of a counter, or of a histogram's count, add up to. */
function sumOf(metrics: KeptMetrics, name: string): number {
  return last(metrics, name).reduce(
    (sum, { value }) => sum + (typeof value === 'number' ? value : value.count),
    0,
  );
}

function last(
  metrics: KeptMetrics,
  name: string,
): { value: number | { count: number }; attributes: object }[] {
  return (metrics.of(name).at(-1) as MetricData).dataPoints as never;
}

const COUNTED = ['job.ended', 'job.wait.duration', 'messaging.process.duration', 'job.turnaround.duration'];

describe('more label sets than an instrument has series', () => {
  test('the limit - what is beyond 2,000 is added up in the overflow series, and the sum stays exact', async () => {
    const told = recordDiag();
    const metrics = await played();
    for (const name of COUNTED) {
      const points = last(metrics, name);
      expect(points, name).toHaveLength(2000);
      expect(points.filter(({ attributes }) => OVERFLOW in attributes)).toHaveLength(1);
      expect(sumOf(metrics, name), name).toBe(QUEUES * TYPES);
    }
    expect(told.filter((line) => line.includes('aggregationCardinalityLimit')).length).toBeGreaterThan(0);
  });

  test('the limit - raised by a view of an exporter destination, every label set has its series', async () => {
    const metrics = await played([RAISED]);
    for (const name of COUNTED) {
      expect(last(metrics, name), name).toHaveLength(QUEUES * TYPES);
      expect(sumOf(metrics, name), name).toBe(QUEUES * TYPES);
    }
  });

  test('the limit - raised, it has room for long labels too', async () => {
    // Beyond the 4 MiB that 2,000 series have: three quarters of a KiB for each.
    const metrics = await played([RAISED], (i) => `${i}-${'long'.repeat(200)}`);
    for (const name of COUNTED) expect(last(metrics, name), name).toHaveLength(QUEUES * TYPES);
  });

  test('a view - that drops the job type leaves a series for each queue, and the sums', async () => {
    const withoutType = {
      instrumentName: '*',
      attributesProcessors: [createDenyListAttributesProcessor(['job.type'])],
    };
    const metrics = await played([withoutType]);
    for (const name of COUNTED) {
      expect(last(metrics, name), name).toHaveLength(QUEUES);
      expect(sumOf(metrics, name), name).toBe(QUEUES * TYPES);
      for (const { attributes } of last(metrics, name)) expect(attributes).not.toHaveProperty(['job.type']);
    }
  });
});

/** Series of a process with so many queues and types, by instrument. */
async function seriesWith(queues: number, types: number, listed?: number): Promise<number> {
  const metrics = new KeptMetrics();
  const box = createSignalbox({ destinations: { all: exporters({ metrics }) }, otherTelemetry: 'all' });
  createFiller(box, { queues, types, processes: 1 }, true, listed).round();
  await box.forceFlush();
  const all = seriesOf(metrics.batches.at(-1) as ResourceMetrics);
  await box.shutdown();
  let sum = 0;
  for (const [name, count] of all) if (!name.startsWith('signalbox.')) sum += count;
  return sum;
}

describe('how many series there are', () => {
  test('docs/many-queues.md - a job type has 129 series in a process, and a queue 12 where it is watched', async () => {
    const one = await seriesWith(1, 1);
    expect((await seriesWith(1, 2)) - one).toBe(129);
    expect((await seriesWith(2, 1)) - one).toBe(129 + 12);
  });

  test('docs/many-queues.md - types that are not listed are `_OTHER` together', async () => {
    expect(await seriesWith(2, 10, 1)).toBe(await seriesWith(2, 2, 2));
  });
});
