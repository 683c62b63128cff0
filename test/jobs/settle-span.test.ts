import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { AbandonReason, Relation } from 'signalbox/jobs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pass, useFakeTime, useRealTime } from '../examples/queue/fake-time.js';
import { nanos, resetOtel } from '../support/otel.js';
import { ended, eventNames, eventsAreRecorded, eventsLieWithin, QUEUE, recorded, startRig } from './rig.js';

beforeEach(useFakeTime);
afterEach(() => {
  useRealTime();
  resetOtel();
});

const job = { id: 'j-1', type: 'welcome' };
const SPAN = 'settle welcome';

describe('the end of a job that no attempt tells', () => {
  test('settle - is a span for a moment, which says what became of the job and why', async () => {
    const { otel, queue } = startRig();
    const enqueue = queue.enqueue(job);
    enqueue.accepted();
    const runnableAt = queue.now();
    await pass(4000);
    queue.abandoned(job, { reason: 'expired', carrier: enqueue.carrier, attempts: 2, runnableAt });
    const span = ended(otel, SPAN);
    expect(span.kind).toBe(SpanKind.INTERNAL);
    expect(span.attributes).toEqual({
      'messaging.system.name': 'signalbox',
      'messaging.destination.name': QUEUE,
      'messaging.operation.name': 'settle',
      'messaging.operation.type': 'settle',
      'messaging.message.id': 'j-1',
      'job.id': 'j-1',
      'job.type': 'welcome',
      'job.outcome': 'abandoned',
      'job.abandon.reason': 'expired',
      'job.turnaround.duration': recorded(otel, 'job.abandoned')['job.turnaround.duration'],
      'error.type': 'expired',
    });
    expect(span.attributes['job.turnaround.duration']).toBeCloseTo(4, 1);
    expect(span.status).toEqual({ code: SpanStatusCode.ERROR, message: 'expired' });
    expect(nanos(span.startTime)).toBe(nanos(span.endTime));
    expect(eventNames(span)).toEqual(['job.abandoned']);
    expect(span.events[0]?.attributes).toEqual({ 'job.abandon.reason': 'expired', 'job.attempts': 2 });
    expect(eventsLieWithin(span) && eventsAreRecorded(otel, span)).toBe(true);
  });

  test('settle - has the moment at which the job ended, where that is told later', () => {
    const { otel, queue } = startRig();
    const endedAt = queue.now() - 60_000;
    queue.abandoned(job, { reason: 'removed', endedAt });
    expect(Number(nanos(ended(otel, SPAN).startTime)) / 1e6).toBeCloseTo(endedAt, 0);
  });

  test('settle - tells the error by its message where there is one, redacted', () => {
    const { otel, queue } = startRig({}, { redactText: (text) => text.replaceAll('secret', '***') });
    queue.abandoned(job, { reason: 'stalled', error: new Error('secret worker is gone') });
    expect(ended(otel, SPAN).status).toEqual({ code: SpanStatusCode.ERROR, message: '*** worker is gone' });
    expect(ended(otel, SPAN).attributes['error.type']).toBe('stalled');
  });

  test.each<AbandonReason>(['cancelled', 'removed', 'shutdown'])(
    'settle - is no error where it was %s',
    (reason) => {
      const { otel, queue } = startRig();
      queue.abandoned(job, { reason });
      expect(ended(otel, SPAN).status).toEqual({ code: SpanStatusCode.UNSET });
      expect(ended(otel, SPAN).attributes).not.toHaveProperty('error.type');
      expect(ended(otel, SPAN).attributes['job.abandon.reason']).toBe(reason);
    },
  );

  test('settle - tells a good end too', () => {
    const { otel, queue } = startRig();
    queue.completed(job, { attempts: 1 });
    expect(ended(otel, SPAN).attributes['job.outcome']).toBe('completed');
    expect(ended(otel, SPAN).status.code).toBe(SpanStatusCode.UNSET);
    expect(eventNames(ended(otel, SPAN))).toEqual(['job.completed']);
  });

  test.each<[Relation, boolean, number]>([
    ['parent', true, 0],
    ['link', false, 1],
    ['none', false, 0],
  ])('relation %s - ties it to the enqueue as it does attempts', (relation, isChild, links) => {
    const { otel, queue } = startRig({ relation });
    const enqueue = queue.enqueue(job);
    enqueue.accepted();
    queue.abandoned(job, { reason: 'cancelled', carrier: enqueue.carrier });
    const span = ended(otel, SPAN);
    const from = ended(otel, 'enqueue welcome').spanContext();
    expect(span.parentSpanContext?.spanId).toBe(isChild ? from.spanId : undefined);
    expect(span.spanContext().traceId === from.traceId).toBe(isChild);
    expect(span.links).toHaveLength(links);
    for (const { context, attributes } of span.links)
      expect([context.spanId, attributes]).toEqual([from.spanId, { 'link.reason': 'enqueued_by' }]);
  });

  test("the end's own relation - wins, as that of an attempt does", () => {
    const { otel, queue } = startRig();
    const { carrier } = queue.enqueue(job);
    queue.abandoned(job, { reason: 'cancelled', carrier, relation: 'link' });
    expect(ended(otel, SPAN).parentSpanContext).toBeUndefined();
    expect(ended(otel, SPAN).links).toHaveLength(1);
  });

  test('a queue whose types are not bounded - has it by its own name', () => {
    const { otel, queue } = startRig();
    queue.abandoned({ id: 'x', type: 'surprise' }, { reason: 'removed' });
    expect(ended(otel, `settle ${QUEUE}`).attributes['job.type']).toBe('surprise');
  });

  test('an end that was told - has no second span', () => {
    const { otel, queue } = startRig();
    queue.abandoned(job, { reason: 'removed' });
    queue.abandoned(job, { reason: 'expired' });
    queue.completed(job);
    expect(otel.spans(SPAN)).toHaveLength(1);
  });

  test('an attempt that runs - tells the end on its own span, which says the outcome', () => {
    const { otel, queue } = startRig();
    const attempt = queue.attempt({ job, number: 1, runnableAt: queue.now() });
    queue.abandoned(job, { reason: 'cancelled' });
    attempt.failed(new Error('aborted'), { retry: true });
    expect(otel.spans(SPAN)).toEqual([]);
    const span = ended(otel, 'process welcome');
    expect(eventNames(span)).toEqual(['job.started', 'job.abandoned']);
    expect(span.attributes).toMatchObject({
      'job.attempt.outcome': 'lost',
      'job.outcome': 'abandoned',
      'job.abandon.reason': 'cancelled',
    });
    expect(span.attributes['job.turnaround.duration']).toBeGreaterThanOrEqual(0);
  });

  test('an attempt that was lost before - leaves the end to a span of its own', () => {
    const { otel, queue } = startRig();
    queue.attempt({ job, number: 1 }).lost();
    queue.abandoned(job, { reason: 'stalled' });
    expect(ended(otel, 'process welcome').attributes).not.toHaveProperty('job.outcome');
    expect(ended(otel, SPAN).attributes['job.abandon.reason']).toBe('stalled');
  });

  test('an attempt that will be retried - says no outcome of the job', () => {
    const { otel, queue } = startRig();
    queue.attempt({ job, number: 1 }).failed(new Error('no'), { retry: true, delayMillis: 10 });
    expect(ended(otel, 'process welcome').attributes).not.toHaveProperty('job.outcome');
    expect(ended(otel, 'process welcome').attributes).not.toHaveProperty('job.turnaround.duration');
  });

  test('an attempt that runs - what is heard of the end stands on its event, where its span says something else', () => {
    const { otel, queue } = startRig();
    const attempt = queue.attempt({ job, number: 2, worker: 'w1' });
    queue.abandoned(job, { reason: 'cancelled', attempts: 3, worker: 'w9', error: new RangeError('no') });
    attempt.completed();
    const told = ended(otel, 'process welcome').events.find(({ name }) => name === 'job.abandoned');
    expect(told?.attributes).toEqual({
      'job.abandon.reason': 'cancelled',
      'job.attempts': 3,
      'worker.id': 'w9',
      'error.type': 'RangeError',
    });
  });

  test('settle - its event has the type of the error, for the error.type of the span is the reason', () => {
    const { otel, queue } = startRig();
    queue.abandoned(job, { reason: 'max_attempts', error: new RangeError('no') });
    expect(ended(otel, SPAN).attributes['error.type']).toBe('max_attempts');
    expect(ended(otel, SPAN).events[0]?.attributes).toMatchObject({ 'error.type': 'RangeError' });
  });

  test('an attempt of another number - is not the one that completed the job: a span of its own says so', () => {
    const { otel, queue } = startRig();
    queue.attempt({ job, number: 2 }).run(() => queue.completed(job, { attempts: 1 }));
    expect(ended(otel, SPAN).attributes['job.outcome']).toBe('completed');
    expect(ended(otel, SPAN).events[0]?.attributes).toEqual({ 'job.attempts': 1 });
    expect(ended(otel, 'process welcome').attributes).not.toHaveProperty('job.outcome');
  });

  test('a job that comes again within the millisecond in which it ended - has an end of its own', () => {
    const { otel, queue } = startRig();
    for (let life = 0; life < 5; life++) {
      queue.enqueue(job).accepted();
      queue.abandoned(job, { reason: 'cancelled' });
    }
    expect(otel.spans(SPAN)).toHaveLength(5);
    expect(otel.logs('job.abandoned')).toHaveLength(5);
  });
});
