import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Attempt, AttemptInfo, QueueTelemetry } from 'signalbox/jobs';
import { afterEach, describe, expect, test } from 'vitest';
import type { TestOtel } from '../support/otel.js';
import { resetOtel } from '../support/otel.js';
import { ended, eventNames, GIVE_UP, QUEUE, RETRY, startRig } from './rig.js';

afterEach(resetOtel);

const job = { id: 'j-1', type: 'welcome' };

/** An engine that makes the span of an attempt itself, and settles within it. */
function inEngine(
  queue: QueueTelemetry,
  info: Partial<AttemptInfo>,
  settle: (attempt: Attempt) => void,
): void {
  trace.getTracer('engine').startActiveSpan('engine.process', { kind: SpanKind.CONSUMER }, (span) => {
    span.setAttribute('engine.own', 1);
    const attempt = queue.attempt({ job, number: 2, ...info, span: 'active' });
    attempt.run(() => undefined);
    settle(attempt);
    expect(span.isRecording()).toBe(true);
    span.end();
  });
}

function theOnlySpan(otel: TestOtel): ReturnType<typeof ended> {
  expect(otel.spans().filter((span) => span.kind === SpanKind.CONSUMER)).toHaveLength(1);
  return ended(otel, 'engine.process');
}

describe("span: 'active'", () => {
  test("the engine's span - is enriched, never replaced and never ended", () => {
    const { otel, queue } = startRig();
    inEngine(queue, { worker: 'w' }, (attempt) => attempt.completed());
    const span = theOnlySpan(otel);
    expect(span.attributes).toEqual({
      'engine.own': 1,
      'messaging.system.name': 'signalbox',
      'messaging.destination.name': QUEUE,
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.message.id': 'j-1',
      'job.id': 'j-1',
      'job.type': 'welcome',
      'job.attempt.number': 2,
      'job.attempt.outcome': 'completed',
      'job.outcome': 'completed',
      'worker.id': 'w',
    });
    expect(span.status.code).toBe(SpanStatusCode.UNSET);
    expect(eventNames(span)).toEqual(['job.started', 'job.completed']);
    expect(otel.logs('job.completed')[0]?.spanContext).toEqual(span.spanContext());
  });

  test('a failure - is its status, and a link to the attempt before is added', () => {
    const { otel, queue } = startRig();
    inEngine(queue, { number: 1 }, (attempt) => attempt.failed(new Error('no'), RETRY));
    inEngine(queue, { number: 2 }, (attempt) => attempt.failed(new Error('again'), GIVE_UP));
    const [first, second] = otel.spans('engine.process');
    expect(first?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'no' });
    expect(second?.attributes).toMatchObject({ 'error.type': 'Error', 'job.abandon.reason': 'max_attempts' });
    expect(second?.links).toMatchObject([
      {
        context: { spanId: first?.spanContext().spanId },
        attributes: { 'link.reason': 'previous_attempt', 'job.attempt.number': 1 },
      },
    ]);
  });

  test('where nothing is active - the attempt has no span, and its records are there', () => {
    const { otel, queue } = startRig();
    const attempt = queue.attempt({ job, number: 1, span: 'active' });
    expect(attempt.run(() => 'done')).toBe('done');
    attempt.completed();
    expect(otel.spans()).toEqual([]);
    expect(otel.logs().map((record) => record.eventName)).toEqual(['job.started', 'job.completed']);
  });

  test("a batch on the engine's span - enriches it, ends it never, and fails it where any job failed", () => {
    const { otel, queue } = startRig();
    trace.getTracer('engine').startActiveSpan('engine.process', { kind: SpanKind.CONSUMER }, (span) => {
      const infos = ['j-1', 'j-2'].map((id) => ({ job: { id }, number: 1 }));
      const { attempts, run } = queue.batch(infos, { span: 'active' });
      run(() => undefined);
      attempts[0]?.completed();
      attempts[1]?.failed(new Error('no'), GIVE_UP);
      expect(span.isRecording()).toBe(true);
      span.end();
    });
    const span = theOnlySpan(otel);
    expect(span.attributes).toMatchObject({ 'messaging.batch.message_count': 2 });
    expect(span.status.code).toBe(SpanStatusCode.ERROR);
    expect(eventNames(span).slice(0, 2)).toEqual(['job.started', 'job.started']);
  });
});
