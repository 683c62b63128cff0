import { SpanStatusCode } from '@opentelemetry/api';
import { BullMQOtel } from 'bullmq-otel';
import { describe, expect, test } from 'vitest';
import { Rig, SECRET, until } from './rig.js';

const rig = new Rig();
const CONSUMER = 4;
const PRODUCER = 3;

function telemetry(): BullMQOtel {
  return new BullMQOtel({ tracerName: 'app', meterName: 'app', enableMetrics: true });
}

describe("BullMQ's own telemetry", () => {
  test('worker - one CONSUMER span for an attempt: theirs, with our attributes, events, links and status', async () => {
    const queue = rig.queue({ telemetry: telemetry() });
    const worker = rig.worker(
      async (job) => {
        if (job.attemptsMade < 1) throw new Error('not yet');
      },
      { telemetry: telemetry() },
    );
    const { id } = await queue.add('welcome', SECRET, { attempts: 2 });
    await rig.told('job.completed');
    await worker.close();
    const spans = rig.otel
      .spans()
      .filter(({ kind, attributes }) => kind === CONSUMER && attributes['job.id'] === id);
    expect(spans.map(({ name }) => name)).toEqual([`process ${rig.name}`, `process ${rig.name}`]);
    const [failed, completed] = spans;
    expect(failed?.attributes).toMatchObject({
      'bullmq.job.id': id,
      'messaging.system.name': 'bullmq',
      'job.attempt.number': 1,
      'job.attempt.outcome': 'failed',
      'error.type': 'Error',
    });
    expect(failed?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'not yet' });
    expect(failed?.events.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['job.started', 'job.failed', 'job.retrying']),
    );
    expect(completed?.links).toMatchObject([
      {
        context: { spanId: failed?.spanContext().spanId },
        attributes: { 'link.reason': 'previous_attempt' },
      },
    ]);
    expect(rig.otel.spans().filter(({ kind }) => kind === CONSUMER)).toHaveLength(2);
  });

  test('queue - one PRODUCER span: theirs; JOB_QUEUED, JOB_DUPLICATE and the counts are still told', async () => {
    const queue = rig.queue({ telemetry: telemetry() });
    await queue.add('welcome', SECRET, { jobId: 'one' });
    await queue.add('welcome', SECRET, { jobId: 'one' });
    expect(rig.otel.spans().filter(({ kind }) => kind === PRODUCER)).toHaveLength(2);
    expect(rig.enqueues()).toEqual([]);
    await rig.settled();
    expect(rig.story()).toEqual(['job.queued', 'job.duplicate']);
  });

  test('messaging.process.duration is measured once: theirs has another name', async () => {
    const queue = rig.queue({ telemetry: telemetry() });
    rig.worker(async () => undefined, { telemetry: telemetry() });
    await queue.add('welcome', SECRET);
    await rig.told('job.completed');
    expect(await rig.otel.points('messaging.process.duration')).toMatchObject([{ value: 1 }]);
    expect([...(await rig.otel.metrics()).keys()]).toContain('bullmq.job.duration');
  });

  test('a producer with it and a worker without: the attempt is a child of their span', async () => {
    const queue = rig.queue({ telemetry: telemetry() });
    rig.worker(async () => undefined);
    await queue.add('welcome', SECRET);
    await rig.told('job.completed');
    const producer = rig.otel.spans().find(({ kind }) => kind === PRODUCER);
    expect(rig.attempts()[0]?.parentSpanContext?.spanId).toBe(producer?.spanContext().spanId);
  });

  test('a scheduler with it - each tick of a worker without is a trace of its own, linked to theirs', async () => {
    const queue = rig.queue({ telemetry: telemetry() });
    rig.worker(async () => undefined);
    await queue.upsertJobScheduler('ticks', { every: 60, limit: 3 }, { name: 'welcome', data: SECRET });
    await rig.told('job.completed', 3);
    const traces = new Set(rig.attempts().map((span) => span.spanContext().traceId));
    expect(traces.size).toBe(3);
    for (const span of rig.attempts()) expect(span.links).toHaveLength(1);
  });

  test('a sandboxed worker with it - its one span is enriched when the attempt is settled', async () => {
    const queue = rig.queue({ telemetry: telemetry() });
    const file = new URL('./processors/plain.mjs', import.meta.url);
    rig.worker(file.pathname, { telemetry: telemetry() });
    const { id } = await queue.add('welcome', SECRET);
    await rig.told('job.completed');
    const own = (): ReturnType<typeof rig.otel.spans> =>
      rig.otel.spans().filter(({ kind, attributes }) => kind === CONSUMER && attributes['job.id'] === id);
    await until(() => own().length > 0, 'their span has ended');
    expect(own()).toHaveLength(1);
    expect(own()[0]?.attributes).toMatchObject({
      'job.attempt.outcome': 'completed',
      'job.attempt.number': 1,
    });
    const [point] = await rig.otel.points('messaging.process.duration');
    expect(point?.sum).toBeGreaterThan(0.02);
  });
});
