import type { ConstructorOptions, PgBoss } from 'pg-boss';
import { describe, expect, test } from 'vitest';
import { QUICK, until, useRig } from './rig.js';

const rig = useRig();

function spansOf(queue: string): string[] {
  return rig.otel
    .spans()
    .filter(({ attributes }) => attributes['messaging.destination.name'] === queue)
    .map(({ name, instrumentationScope }) => `${instrumentationScope.name}: ${name.replace(queue, 'q')}`);
}

async function durations(queue: string): Promise<number> {
  const points = await rig.otel.points('messaging.process.duration');
  const mine = points.filter(({ labels }) => labels['messaging.destination.name'] === queue);
  return mine.reduce((sum, { value }) => sum + value, 0);
}

async function runs(boss: PgBoss, queue: string): Promise<void> {
  await boss.start();
  await boss.send(queue, {});
  await boss.work(queue, QUICK, async ([job]) => {
    if (job?.retryCount === 0) throw new RangeError('once');
  });
  await until('completion', () => rig.records(queue, 'job.completed')[0]);
  await boss.offWork(queue);
}

const STORY = ['job.queued', 'job.started', 'job.failed', 'job.retrying', 'job.started', 'job.completed'];

describe("pg-boss's own telemetry", () => {
  const ways: [string, () => PgBoss][] = [
    ['turned on in jobs.options', () => rig.observed({ openTelemetry: { enabled: true } })],
    ['on by default', () => rig.jobs.boss(rig.plain())],
  ];
  test.each(ways)(
    'telemetry of its own, %s - its spans are enriched, and nothing is twice',
    async (_, make) => {
      const queue = await rig.newQueue({ retryLimit: 1 });
      await runs(make(), queue);
      expect(rig.story(queue)).toEqual(STORY);
      const spans = spansOf(queue);
      expect(spans.filter((name) => name.startsWith('signalbox'))).toEqual([]);
      expect(spans.filter((name) => name.endsWith('process q'))).toHaveLength(2);
      expect(spans.filter((name) => / (send|complete|fail) q/.test(name)).sort()).toEqual([
        'pg-boss: complete q',
        'pg-boss: fail q',
        'pg-boss: send q',
      ]);
      expect(await durations(queue)).toBe(2);
      const [first, second] = rig.otel.spans(`process ${queue}`);
      expect(first?.attributes).toMatchObject({
        'job.attempt.number': 1,
        'job.attempt.outcome': 'failed',
        'error.type': 'RangeError',
        'job.retry.delay': 0,
      });
      expect(first?.events.map(({ name }) => name).filter((name) => name !== 'exception')).toEqual([
        'job.started',
        'job.failed',
        'job.retrying',
      ]);
      expect(second?.attributes).toMatchObject({
        'job.attempt.number': 2,
        'job.attempt.outcome': 'completed',
      });
      expect(second?.links.map(({ context }) => context.spanId)).toContain(first?.spanContext().spanId);
    },
  );

  test('telemetry of its own - a batch is its one span, with the signals of each job', async () => {
    const queue = await rig.newQueue();
    const boss = rig.observed({ openTelemetry: {} });
    await boss.start();
    await boss.insert(queue, [{}, {}]);
    await boss.work(queue, { ...QUICK, batchSize: 2 }, async () => undefined);
    await until('both', () => rig.records(queue, 'job.completed')[1]);
    await boss.offWork(queue);
    expect(spansOf(queue).filter((name) => name.endsWith('process q'))).toEqual(['pg-boss: process q']);
    expect(await durations(queue)).toBe(1);
    expect(rig.story(queue).filter((name) => name === 'job.queued')).toHaveLength(2);
  });

  const off: ConstructorOptions['openTelemetry'] = { enabled: false };

  test('telemetry of its own, turned off in jobs.options - ours stands for it, and carries', async () => {
    const queue = await rig.newQueue({ retryLimit: 1 });
    await runs(rig.observed({ openTelemetry: off }), queue);
    expect(spansOf(queue)).toEqual(['signalbox: enqueue q', 'signalbox: process q', 'signalbox: process q']);
    expect(await durations(queue)).toBe(2);
    const [enqueue] = rig.spans(queue, 'enqueue');
    for (const span of rig.spans(queue, 'process'))
      expect(span.parentSpanContext?.spanId).toBe(enqueue?.spanContext().spanId);
  });

  test('telemetry of its own, off without jobs.options - attempts are ours, each a trace of its own', async () => {
    const queue = await rig.newQueue({ retryLimit: 1 });
    await runs(rig.jobs.boss(rig.plain({ openTelemetry: off })), queue);
    expect(rig.story(queue)).toEqual(STORY);
    expect(spansOf(queue).filter((name) => name === 'signalbox: process q')).toHaveLength(2);
    expect(await durations(queue)).toBe(2);
    for (const span of rig.spans(queue, 'process')) expect(span.parentSpanContext).toBeUndefined();
  });
});

describe('schedule()', () => {
  test('schedule() - each tick is a trace of its own: its enqueue is seen, and no caller of start() is its parent', async () => {
    const queue = await rig.newQueue();
    const tracer = rig.otel.tracerProvider.getTracer('app');
    const boss = rig.observed({
      schedule: true,
      cronMonitorIntervalSeconds: 1,
      cronWorkerIntervalSeconds: 1,
    });
    const traceId = await tracer.startActiveSpan('boot', async (span) => {
      await boss.start();
      for (const key of ['a', 'b']) await boss.schedule(queue, '* * * * *', null, { key });
      await boss.work(queue, QUICK, async () => undefined);
      span.end();
      return span.spanContext().traceId;
    });
    await until('two ticks', () => rig.records(queue, 'job.completed')[1]);
    await boss.offWork(queue);
    const enqueues = rig.spans(queue, 'enqueue');
    const traces = new Set(enqueues.map((span) => span.spanContext().traceId));
    expect(enqueues.length).toBeGreaterThanOrEqual(2);
    expect(traces.size).toBe(enqueues.length);
    for (const span of enqueues) expect(span.parentSpanContext).toBeUndefined();
    expect(traces).not.toContain(traceId);
    for (const span of rig.spans(queue, 'process')) expect(traces).toContain(span.spanContext().traceId);
  });
});
