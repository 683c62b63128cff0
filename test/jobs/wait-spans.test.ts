import { SpanKind, trace } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { BasicTracerProvider, InMemorySpanExporter } from '@opentelemetry/sdk-trace-base';
import { createSignalbox } from 'signalbox';
import { createJobs } from 'signalbox/jobs';
import { exporters, spanProcessor } from 'signalbox/sdk';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pass, useFakeTime, useRealTime } from '../examples/queue/fake-time.js';
import { nanos, resetOtel } from '../support/otel.js';
import { ended, QUEUE, RETRY, startRig } from './rig.js';

beforeEach(useFakeTime);
afterEach(() => {
  useRealTime();
  resetOtel();
});

const job = { id: 'j-1', type: 'welcome' };
const millis = (span: ReadableSpan): number => Number(nanos(span.endTime) - nanos(span.startTime)) / 1e6;

describe('waitSpans', () => {
  test('waitSpans: true - names the gaps of a trace: the wait for a worker, the delay of a retry', async () => {
    const { otel, queue } = startRig({ waitSpans: true });
    const enqueue = queue.enqueue(job);
    enqueue.accepted();
    const known = { job, carrier: enqueue.carrier };
    const runnableAt = queue.now();
    await pass(500);
    queue.attempt({ ...known, number: 1, runnableAt }).failed(new Error('no'), RETRY);
    await pass(2700);
    queue.attempt({ ...known, number: 2 }).completed();
    const [firstWait, secondWait] = otel.spans('wait welcome') as [ReadableSpan, ReadableSpan];
    const backoff = ended(otel, 'backoff welcome');
    const [first, second] = otel.spans('process welcome') as [ReadableSpan, ReadableSpan];
    for (const span of [firstWait, backoff, secondWait]) {
      expect(span.kind).toBe(SpanKind.INTERNAL);
      expect(span.parentSpanContext?.spanId).toBe(ended(otel, 'enqueue welcome').spanContext().spanId);
      expect(span.attributes).toMatchObject({ 'job.id': 'j-1', 'messaging.destination.name': QUEUE });
      expect(span.attributes).not.toHaveProperty('messaging.operation.name');
    }
    expect(millis(firstWait)).toBeCloseTo(500, 0);
    expect(nanos(firstWait.endTime)).toBe(nanos(first.startTime));
    expect(nanos(backoff.startTime)).toBe(nanos(first.endTime));
    expect(millis(backoff)).toBeCloseTo(2000, 0);
    expect(nanos(secondWait.startTime)).toBe(nanos(backoff.endTime));
    expect(nanos(secondWait.endTime)).toBe(nanos(second.startTime));
    expect(secondWait.attributes['job.attempt.number']).toBe(2);
  });

  test('waitSpans: true - leaves blank what is not known', () => {
    const { otel, queue } = startRig({ waitSpans: true });
    const { carrier } = queue.enqueue(job);
    queue.attempt({ job, carrier, number: 1 }).completed();
    queue
      .attempt({ job: { id: 'stray', type: 'welcome' }, number: 1, runnableAt: queue.now() - 50 })
      .completed();
    for (const relation of ['none', 'link'] as const)
      queue.attempt({ job, carrier, number: 1, relation, runnableAt: queue.now() - 50 }).completed();
    expect(otel.spans().filter(({ name }) => /^(wait|backoff)/.test(name))).toEqual([]);
  });

  test('waitSpans - is off by default, and a switch', () => {
    const { otel, queue } = startRig();
    const { carrier } = queue.enqueue(job);
    queue.attempt({ job, carrier, number: 1, runnableAt: queue.now() - 500 }).completed();
    expect(otel.spans('wait welcome')).toEqual([]);
    expect(() => createJobs(createSignalbox(), { waitSpans: 'yes' as never })).toThrow(
      "createJobs: `waitSpans` is 'yes'. Use true or false.",
    );
  });

  test('waitSpans: true - its spans go where those of the attempts go', async () => {
    const all = new InMemorySpanExporter();
    const jobs = new InMemorySpanExporter();
    const box = createSignalbox({
      destinations: { all: exporters({ spans: all }), jobs: exporters({ spans: jobs }) },
      otherTelemetry: 'all',
      routes: [{ signals: 'JOB_*', to: 'jobs' }],
    });
    const provider = new BasicTracerProvider({ spanProcessors: [spanProcessor(box)] });
    trace.setGlobalTracerProvider(provider);
    const queue = createJobs(box, { waitSpans: true }).queue(QUEUE, { types: ['welcome'] });
    const enqueue = queue.enqueue(job);
    enqueue.accepted();
    queue.attempt({ job, carrier: enqueue.carrier, number: 1, runnableAt: queue.now() - 500 }).completed();
    trace.getTracer('app').startSpan('other').end();
    await box.forceFlush();
    const names = (exporter: InMemorySpanExporter): string[] =>
      exporter
        .getFinishedSpans()
        .map(({ name }) => name)
        .sort();
    expect(names(jobs)).toEqual(['enqueue welcome', 'process welcome', 'wait welcome']);
    expect(names(all)).toEqual(['enqueue welcome', 'other', 'process welcome', 'wait welcome']);
  });
});
