import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { SamplingDecision } from '@opentelemetry/sdk-trace-base';
import { createSignalbox } from 'signalbox';
import type { Attempt } from 'signalbox/jobs';
import { createJobs } from 'signalbox/jobs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pass, useFakeTime, useRealTime } from '../examples/queue/fake-time.js';
import { nanos, resetOtel, startOtel } from '../support/otel.js';
import {
  ended,
  eventNames,
  eventsAreRecorded,
  eventsLieWithin,
  GIVE_UP,
  QUEUE,
  RETRY,
  recorded,
  startRig,
} from './rig.js';

beforeEach(useFakeTime);
afterEach(() => {
  useRealTime();
  resetOtel();
});

const job = { id: 'j-1', type: 'welcome', priority: 3, maxAttempts: 5 };
const SPAN = 'process welcome';
const boom = Object.assign(new Error('mail server is away'), { code: 'EAWAY' });

describe('an attempt', () => {
  test('attempt() - makes a CONSUMER span with what is known of it, and JOB_STARTED', () => {
    const { otel, queue } = startRig();
    const runnableAt = queue.now() - 1500;
    queue.attempt({ job, number: 2, worker: 'w-1', runnableAt }).completed();
    const span = ended(otel, SPAN);
    expect(span.kind).toBe(SpanKind.CONSUMER);
    const wait = span.attributes['job.wait.duration'];
    expect(wait).toBeCloseTo(1.5, 2);
    expect(span.attributes).toEqual({
      'messaging.system.name': 'signalbox',
      'messaging.destination.name': QUEUE,
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.message.id': 'j-1',
      'job.id': 'j-1',
      'job.type': 'welcome',
      'job.priority': 3,
      'job.max_attempts': 5,
      'job.attempt.number': 2,
      'job.attempt.outcome': 'completed',
      'job.outcome': 'completed',
      'job.wait.duration': wait,
      'worker.id': 'w-1',
    });
    expect(recorded(otel, 'job.started')).toEqual({
      'worker.id': 'w-1',
      'job.id': 'j-1',
      'job.type': 'welcome',
      'job.attempt.number': 2,
      'job.max_attempts': 5,
      'job.wait.duration': wait,
      'messaging.destination.name': QUEUE,
    });
    expect(otel.logs('job.started')[0]?.severityText).toBe('INFO');
  });

  test('attempt() - knows its attributes and links at start, so that samplers see them', () => {
    const seen: object[] = [];
    startOtel({
      sampler: {
        shouldSample: (_context, _traceId, name, _kind, attributes, links) => {
          seen.push({ name, attributes, links: links.length });
          return { decision: SamplingDecision.RECORD_AND_SAMPLED };
        },
      },
    });
    const queue = createJobs(createSignalbox()).queue(QUEUE);
    const enqueue = queue.enqueue(job);
    queue.attempt({ job, number: 1, carrier: enqueue.carrier, relation: 'link', worker: 'w' });
    expect(seen[1]).toEqual({
      name: `process ${QUEUE}`,
      links: 1,
      attributes: expect.objectContaining({ 'job.attempt.number': 1, 'worker.id': 'w', 'job.id': 'j-1' }),
    });
  });

  test('attempt() - what is not known is left out, never guessed', () => {
    const { otel, queue } = startRig();
    queue.attempt({ job: {} }).completed();
    expect(ended(otel, `process ${QUEUE}`).attributes).toEqual({
      'messaging.system.name': 'signalbox',
      'messaging.destination.name': QUEUE,
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'job.attempt.outcome': 'completed',
      'job.outcome': 'completed',
    });
    expect(recorded(otel, 'job.started')).toEqual({ 'messaging.destination.name': QUEUE });
  });

  test('attempt() - begins when it is told to have begun', async () => {
    const { otel, queue } = startRig();
    const startedAt = queue.now();
    await pass(70);
    const attempt = queue.attempt({ job, number: 1, startedAt });
    expect(attempt.startedAt).toBe(startedAt);
    await pass(30);
    attempt.completed();
    const span = ended(otel, SPAN);
    expect(Number(nanos(span.endTime) - nanos(span.startTime)) / 1e6).toBeCloseTo(100, 0);
    expect(span.events[0]?.time).toEqual(span.startTime);
    expect(eventsLieWithin(span)).toBe(true);
  });

  test('run() - runs the handler in the context of the attempt, and its carrier names the span', async () => {
    const { otel, queue } = startRig();
    const attempt = queue.attempt({ job, number: 1 });
    const active = await attempt.run(async () => {
      await pass(1);
      return trace.getActiveSpan()?.spanContext();
    });
    expect(trace.getActiveSpan()).toBeUndefined();
    attempt.completed();
    expect(active).toEqual(ended(otel, SPAN).spanContext());
    expect(attempt.carrier.traceparent).toContain(active?.spanId);
  });
});

interface Expected {
  readonly settle: (attempt: Attempt) => void;
  readonly outcome: string;
  readonly errorType?: string;
  readonly message?: string;
  readonly more?: object;
  readonly events: readonly string[];
  /** Whether `messaging.process.duration` has it. */
  readonly measured: boolean;
}

const outcomes: Record<string, Expected> = {
  completed: {
    settle: (attempt) => attempt.completed(),
    outcome: 'completed',
    more: { 'job.outcome': 'completed' },
    events: ['job.started', 'job.completed'],
    measured: true,
  },
  'failed, to be retried': {
    settle: (attempt) => attempt.failed(boom, RETRY),
    outcome: 'failed',
    errorType: 'EAWAY',
    message: 'mail server is away',
    more: { 'job.retry.delay': 2 },
    events: ['job.started', 'job.failed', 'job.retrying'],
    measured: true,
  },
  'failed, to be retried at a time that is not known': {
    settle: (attempt) => attempt.failed(boom, { retry: true }),
    outcome: 'failed',
    errorType: 'EAWAY',
    message: 'mail server is away',
    events: ['job.started', 'job.failed', 'job.retrying'],
    measured: true,
  },
  'failed for good': {
    settle: (attempt) => attempt.failed('just text', GIVE_UP),
    outcome: 'failed',
    errorType: '_OTHER',
    message: 'just text',
    more: { 'job.abandon.reason': 'max_attempts', 'job.outcome': 'abandoned' },
    events: ['job.started', 'job.failed', 'job.abandoned'],
    measured: true,
  },
  'timed out': {
    settle: (attempt) => attempt.timedOut(50, { retry: false, reason: 'timeout' }),
    outcome: 'failed',
    errorType: 'timeout',
    message: 'timed out after 50 ms',
    more: { 'job.abandon.reason': 'timeout', 'job.outcome': 'abandoned' },
    events: ['job.started', 'job.failed', 'job.abandoned'],
    measured: true,
  },
  deferred: {
    settle: (attempt) => attempt.deferred({ reason: 'rate_limited', delayMillis: 300 }),
    outcome: 'deferred',
    more: { 'job.defer.reason': 'rate_limited' },
    events: ['job.started', 'job.deferred'],
    measured: false,
  },
  lost: {
    settle: (attempt) => attempt.lost(),
    outcome: 'lost',
    errorType: 'lost',
    message: 'the engine took the job away',
    events: ['job.started'],
    measured: false,
  },
  'lost, which was the end of the job': {
    settle: (attempt) => attempt.lost({ abandoned: 'stalled' }),
    outcome: 'lost',
    errorType: 'lost',
    message: 'the engine took the job away',
    more: { 'job.abandon.reason': 'stalled', 'job.outcome': 'abandoned' },
    events: ['job.started', 'job.abandoned'],
    measured: false,
  },
};

describe.each(Object.entries(outcomes))('an attempt that is %s', (_, expected) => {
  const { settle, outcome, errorType, message, more, events, measured } = expected;

  test('its span has the outcome, the status, and the events, in order and within it', async () => {
    const { otel, queue } = startRig();
    const attempt = queue.attempt({ job, number: 1 });
    await pass(100);
    expect(attempt.settled).toBe(false);
    settle(attempt);
    expect(attempt.settled).toBe(true);
    const span = ended(otel, SPAN);
    expect(span.attributes).toEqual({
      'messaging.system.name': 'signalbox',
      'messaging.destination.name': QUEUE,
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.message.id': 'j-1',
      'job.id': 'j-1',
      'job.type': 'welcome',
      'job.priority': 3,
      'job.max_attempts': 5,
      'job.attempt.number': 1,
      'job.attempt.outcome': outcome,
      ...(errorType ? { 'error.type': errorType } : {}),
      ...more,
    });
    expect(span.status).toEqual(
      message ? { code: SpanStatusCode.ERROR, message } : { code: SpanStatusCode.UNSET },
    );
    expect(eventNames(span)).toEqual(events);
    expect(eventsLieWithin(span)).toBe(true);
    expect(eventsAreRecorded(otel, span)).toBe(true);
    expect(otel.logs().map((record) => record.eventName)).toEqual(events);
  });

  test('its duration is measured once where it was an attempt that the engine settled, as long as its span', async () => {
    const { otel, queue } = startRig();
    const attempt = queue.attempt({ job, number: 1 });
    await pass(100);
    settle(attempt);
    const span = ended(otel, SPAN);
    const points = await otel.points('messaging.process.duration');
    expect(points).toHaveLength(measured ? 1 : 0);
    if (!measured) return;
    expect(points[0]).toMatchObject({
      value: 1,
      sum: Number(nanos(span.endTime) - nanos(span.startTime)) / 1e9,
      labels: {
        'messaging.system.name': 'signalbox',
        'messaging.destination.name': QUEUE,
        'messaging.operation.name': 'process',
        'job.type': 'welcome',
        ...(errorType ? { 'error.type': errorType } : {}),
      },
    });
  });

  test('it is settled once: what is said later changes nothing', async () => {
    const { otel, queue } = startRig();
    const attempt = queue.attempt({ job, number: 1 });
    settle(attempt);
    const before = otel.logs().length;
    if (outcome !== 'lost' || more) {
      attempt.completed();
      attempt.failed(boom, RETRY);
    }
    attempt.deferred({ reason: 'again' });
    attempt.lost();
    expect(otel.logs()).toHaveLength(before);
    expect(otel.spans(SPAN)).toHaveLength(1);
  });
});

describe('the signals of the outcomes', () => {
  test('JOB_COMPLETED - has the duration of this attempt, the attempts, and the turnaround', async () => {
    const { otel, queue } = startRig();
    const firstRunnableAt = queue.now() - 5000;
    const attempt = queue.attempt({ job, number: 3, worker: 'w', firstRunnableAt });
    await pass(250);
    attempt.completed();
    const values = recorded(otel, 'job.completed');
    expect(values).toMatchObject({
      'job.id': 'j-1',
      'job.type': 'welcome',
      'worker.id': 'w',
      'job.attempts': 3,
      'messaging.destination.name': QUEUE,
    });
    expect(values['job.duration']).toBeCloseTo(0.25, 2);
    expect(values['job.turnaround.duration']).toBeCloseTo(5.25, 2);
    expect(Object.keys(values)).toHaveLength(7);
  });

  test('JOB_FAILED - alone has the exception; JOB_RETRYING and JOB_ABANDONED have its type', async () => {
    const { otel, queue } = startRig();
    queue.attempt({ job, number: 1, worker: 'w' }).failed(boom, RETRY);
    queue.attempt({ job, number: 2, worker: 'w' }).failed(boom, GIVE_UP);
    const failed = otel.logs('job.failed').map((record) => record.attributes);
    expect(failed[0]).toMatchObject({
      'job.attempt.number': 1,
      'job.max_attempts': 5,
      'job.will_retry': true,
      'worker.id': 'w',
      'error.type': 'EAWAY',
      'exception.type': 'EAWAY',
      'exception.message': 'mail server is away',
      'exception.stacktrace': expect.stringContaining('mail server is away'),
    });
    expect(failed[1]).toMatchObject({ 'job.attempt.number': 2, 'job.will_retry': false });
    const retrying = recorded(otel, 'job.retrying');
    expect(retrying).toEqual({
      'job.id': 'j-1',
      'job.type': 'welcome',
      'job.attempt.number': 1,
      'job.next_attempt.number': 2,
      'job.max_attempts': 5,
      'job.retry.delay': 2,
      'worker.id': 'w',
      'error.type': 'EAWAY',
      'messaging.destination.name': QUEUE,
    });
    const abandoned = recorded(otel, 'job.abandoned');
    expect(abandoned).toEqual({
      'job.id': 'j-1',
      'job.type': 'welcome',
      'job.attempts': 2,
      'job.abandon.reason': 'max_attempts',
      'error.type': 'EAWAY',
      'worker.id': 'w',
      'messaging.destination.name': QUEUE,
    });
    expect(otel.logs('job.failed')[0]?.severityText).toBe('WARN');
    expect(otel.logs('job.retrying')[0]?.severityText).toBe('WARN');
    expect(otel.logs('job.abandoned')[0]).toMatchObject({
      severityText: 'ERROR',
      body: 'Job abandoned: max attempts',
    });
  });

  test('JOB_FAILED - has the causes in its stack, and passes redactText, the status of the span included', () => {
    const { otel, queue } = startRig({}, { redactText: (text) => text.replaceAll('ann', '***') });
    const cause = new Error('no letter for ann');
    queue.attempt({ job, number: 1 }).failed(new Error('ann is away', { cause }), GIVE_UP);
    const values = recorded(otel, 'job.failed');
    expect(values['exception.stacktrace']).toContain('Caused by: Error: no letter for ***');
    expect(ended(otel, SPAN).status.message).toBe('*** is away');
    for (const text of [JSON.stringify(values), ended(otel, SPAN).status.message])
      expect(text).not.toContain('ann');
  });

  test.each([
    ['cancelled', 'INFO'],
    ['removed', 'INFO'],
    ['shutdown', 'INFO'],
    ['not_retryable', 'ERROR'],
    ['expired', 'ERROR'],
    ['parent_failed', 'ERROR'],
  ] as const)('JOB_ABANDONED - for %s is of severity %s', (reason, severityText) => {
    const { otel, queue } = startRig();
    queue.attempt({ job, number: 1 }).failed(boom, { retry: false, reason });
    expect(otel.logs('job.abandoned')[0]?.severityText).toBe(severityText);
  });

  test('JOB_DEFERRED - has the reason and the delay', () => {
    const { otel, queue } = startRig();
    queue.attempt({ job, worker: 'w' }).deferred({ reason: 'rate_limited', delayMillis: 300 });
    expect(recorded(otel, 'job.deferred')).toEqual({
      'worker.id': 'w',
      'job.id': 'j-1',
      'job.type': 'welcome',
      'job.defer.reason': 'rate_limited',
      'job.delay': 0.3,
      'messaging.destination.name': QUEUE,
    });
    expect(otel.logs('job.deferred')[0]?.severityText).toBe('DEBUG');
    expect(ended(otel, SPAN).attributes).not.toHaveProperty('job.attempt.number');
  });
});

describe('the metrics of the outcomes', () => {
  const base = {
    'messaging.system.name': 'signalbox',
    'messaging.destination.name': QUEUE,
    'job.type': 'welcome',
  };

  test('job.ended, job.retries and job.turnaround.duration - count each once, by outcome', async () => {
    const { otel, queue } = startRig();
    const runnableAt = queue.now();
    queue.attempt({ job, number: 1, runnableAt }).failed(boom, RETRY);
    await pass(2000);
    queue.attempt({ job, number: 2, firstRunnableAt: runnableAt }).completed();
    queue.attempt({ job: { ...job, id: 'j-2' }, number: 1, runnableAt }).failed(boom, GIVE_UP);
    expect(await otel.points('job.retries')).toEqual([
      { labels: { ...base, 'error.type': 'EAWAY' }, value: 1 },
    ]);
    expect(await otel.points('job.ended')).toEqual([
      { labels: { ...base, 'job.outcome': 'completed' }, value: 1 },
      { labels: { ...base, 'job.outcome': 'abandoned', 'job.abandon.reason': 'max_attempts' }, value: 1 },
    ]);
    expect(
      (await otel.points('job.turnaround.duration')).map(({ labels, value }) => ({ labels, value })),
    ).toEqual([
      { labels: { ...base, 'job.outcome': 'completed' }, value: 1 },
      { labels: { ...base, 'job.outcome': 'abandoned' }, value: 1 },
    ]);
  });

  test('processDuration: false - leaves the duration to who measures it already', async () => {
    const { otel, queue } = startRig();
    queue.attempt({ job, number: 1, processDuration: false }).completed();
    queue.attempt({ job, number: 1, processDuration: false }).failed(boom, GIVE_UP);
    expect(await otel.points('messaging.process.duration')).toEqual([]);
    expect(recorded(otel, 'job.completed')).toHaveProperty('job.duration');
    expect((await otel.points('job.ended')).map((p) => p.value)).toEqual([1, 1]);
  });
});
