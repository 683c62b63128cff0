import { SpanStatusCode, trace } from '@opentelemetry/api';
import type { AfterFailure, Attempt } from 'signalbox/jobs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pass, useFakeTime, useRealTime } from '../examples/queue/fake-time.js';
import { noUnhandledRejections } from '../promises/rejections.js';
import { nanos, resetOtel } from '../support/otel.js';
import { ended, eventNames, GIVE_UP, QUEUE, RETRY, recorded, startRig } from './rig.js';

noUnhandledRejections();
beforeEach(useFakeTime);
afterEach(() => {
  useRealTime();
  resetOtel();
});

const job = { id: 'j-1', type: 'welcome' };
const SPAN = 'process welcome';
const never = (): AfterFailure => {
  throw new Error('it did not fail');
};

describe('process()', () => {
  test.each([
    ['at once', () => 42],
    ['later', async () => 42],
  ])('process() - a handler that returns %s has completed its job', async (_, handler) => {
    const { otel, queue } = startRig();
    await expect(queue.process({ job, number: 1 }, handler, never)).resolves.toBe(42);
    expect(eventNames(ended(otel, SPAN))).toEqual(['job.started', 'job.completed']);
    expect(ended(otel, SPAN).attributes['job.attempt.outcome']).toBe('completed');
  });

  test('process() - the stack of a failure is of the app: its handler, and who works on the queue, within the ten of V8', async () => {
    const { otel, queue } = startRig();
    async function handlerOfTheApp(): Promise<void> {
      throw new Error('no');
    }
    async function loopOfTheApp(): Promise<void> {
      await queue.process({ job, number: 1 }, handlerOfTheApp, () => GIVE_UP);
    }
    expect(Error.stackTraceLimit).toBe(10);
    await expect(loopOfTheApp()).rejects.toThrow('no');
    const stack = String(recorded(otel, 'job.failed')['exception.stacktrace']);
    expect(stack).toMatch(/^Error: no\n +at handlerOfTheApp .*\n/);
    expect(stack).toMatch(/\n +at loopOfTheApp /);
    expect(stack).not.toMatch(/\/src\/(jobs|telemetry)\//);
  });

  const error = new TypeError('no');
  test.each<[string, () => unknown]>([
    [
      'at once',
      () => {
        throw error;
      },
    ],
    ['later', () => Promise.reject(error)],
  ])(
    'process() - a handler that throws %s has failed, and its very error comes through',
    async (_, handler) => {
      const { otel, queue } = startRig();
      const asked: unknown[] = [];
      const processed = queue.process({ job, number: 1 }, handler, (thrown) => {
        asked.push(thrown);
        return RETRY;
      });
      await expect(processed).rejects.toBe(error);
      expect(asked).toEqual([error]);
      const span = ended(otel, SPAN);
      expect(span.status).toEqual({ code: SpanStatusCode.ERROR, message: 'no' });
      expect(eventNames(span)).toEqual(['job.started', 'job.failed', 'job.retrying']);
      expect(recorded(otel, 'job.failed')).toMatchObject({
        'error.type': 'TypeError',
        'job.will_retry': true,
      });
    },
  );

  test('process() - gives the handler its attempt; what is settled there stays', async () => {
    const { otel, queue } = startRig();
    const handler = (attempt: Attempt): string => {
      expect(attempt.carrier.traceparent).toContain(trace.getActiveSpan()?.spanContext().spanId);
      attempt.deferred({ reason: 'waits for its children' });
      return 'put back';
    };
    await expect(queue.process({ job, number: 1 }, handler, never)).resolves.toBe('put back');
    expect(eventNames(ended(otel, SPAN))).toEqual(['job.started', 'job.deferred']);
    expect(otel.logs('job.completed')).toEqual([]);
  });

  test('process() - without an SDK the handler runs once and its outcome comes through', async () => {
    const { queue } = startRig();
    resetOtel();
    let ran = 0;
    await queue.process({ job }, () => ran++, never);
    await expect(
      queue.process(
        { job },
        () => {
          ran++;
          throw error;
        },
        () => GIVE_UP,
      ),
    ).rejects.toBe(error);
    expect(ran).toBe(2);
  });
});

describe('within()', () => {
  test('within() - runs a function in the context of a carrier, without a span of its own', () => {
    const { otel, jobs, queue, box } = startRig();
    const attempt = queue.attempt({ job, number: 1 });
    const { carrier } = attempt;
    const active = jobs.within(carrier, () => {
      box.info('in the child process');
      trace.getTracer('child').startSpan('child work').end();
      return trace.getActiveSpan()?.spanContext();
    });
    attempt.completed();
    const { traceId, spanId } = ended(otel, SPAN).spanContext();
    expect(active).toMatchObject({ traceId, spanId, isRemote: true });
    expect(ended(otel, 'child work').parentSpanContext?.spanId).toBe(spanId);
    expect(otel.logs().find((r) => r.body === 'in the child process')?.spanContext?.traceId).toBe(traceId);
    expect(otel.spans().map((span) => span.name)).toEqual(['child work', SPAN]);
  });

  test.each([undefined, {}, { traceparent: 'nonsense' }])(
    'within() - of the carrier %j runs in no span',
    (carrier) => {
      const { jobs } = startRig();
      trace.getTracer('app').startActiveSpan('outer', (span) => {
        expect(jobs.within(carrier, () => trace.getActiveSpan())).toBeUndefined();
        span.end();
      });
    },
  );

  test('within() - throws what its function throws', () => {
    const { jobs } = startRig();
    const error = new Error('no');
    expect(() =>
      jobs.within({}, () => {
        throw error;
      }),
    ).toThrow(error);
  });
});

describe('what no attempt here saw', () => {
  test('queued() - a job from elsewhere gives JOB_QUEUED in the context of its carrier, and is counted', async () => {
    const { otel, queue } = startRig();
    const enqueue = queue.enqueue({ id: 'x' });
    queue.queued(job, { carrier: enqueue.carrier, runnableAt: queue.now() + 3000 });
    const { 'job.delay': delay, ...values } = recorded(otel, 'job.queued');
    expect(values).toEqual({ 'job.id': 'j-1', 'job.type': 'welcome', 'messaging.destination.name': QUEUE });
    expect(delay).toBeCloseTo(3, 3);
    expect(otel.logs('job.queued')[0]?.spanContext?.spanId).toBe(enqueue.carrier.traceparent?.split('-')[2]);
    expect(await otel.points('job.enqueued')).toMatchObject([{ value: 1 }]);
    expect(otel.spans()).toEqual([]);
  });

  test('completed() - gives JOB_COMPLETED with what is known on a span of its own, no attempt span and no duration', async () => {
    const { otel, queue } = startRig();
    queue.completed(job, { attempts: 2, runnableAt: queue.now() - 4000 });
    const values = recorded(otel, 'job.completed');
    expect(values).toMatchObject({ 'job.id': 'j-1', 'job.attempts': 2 });
    expect(values['job.turnaround.duration']).toBeCloseTo(4, 3);
    expect(values).not.toHaveProperty('job.duration');
    expect(await otel.points('job.ended')).toMatchObject([
      { value: 1, labels: { 'job.outcome': 'completed' } },
    ]);
    expect(await otel.points('messaging.process.duration')).toEqual([]);
    expect(otel.spans().map(({ name }) => name)).toEqual(['settle welcome']);
  });

  test('abandoned() - gives JOB_ABANDONED on a span below the enqueue span, and invents no attempt span', async () => {
    const { otel, queue } = startRig();
    const enqueue = queue.enqueue(job);
    enqueue.accepted();
    queue.abandoned(job, {
      reason: 'expired',
      carrier: enqueue.carrier,
      attempts: 1,
      error: new RangeError('no'),
      worker: 'w',
    });
    expect(recorded(otel, 'job.abandoned')).toEqual({
      'job.id': 'j-1',
      'job.type': 'welcome',
      'job.attempts': 1,
      'job.abandon.reason': 'expired',
      'error.type': 'RangeError',
      'worker.id': 'w',
      'messaging.destination.name': QUEUE,
    });
    const settled = ended(otel, 'settle welcome');
    expect(otel.logs('job.abandoned')[0]?.spanContext?.spanId).toBe(settled.spanContext().spanId);
    expect(settled.parentSpanContext?.spanId).toBe(ended(otel, 'enqueue welcome').spanContext().spanId);
    expect(otel.spans()).toHaveLength(2);
    expect(await otel.points('job.ended')).toMatchObject([
      { value: 1, labels: { 'job.outcome': 'abandoned', 'job.abandon.reason': 'expired' } },
    ]);
  });

  test('stalled() - is told as of when the engine said so', () => {
    const { otel, queue } = startRig();
    const at = queue.now() - 5000;
    queue.stalled(job, { stalledAt: at });
    const [record] = otel.logs('job.stalled');
    expect(Number(nanos(record?.hrTime ?? [0, 0])) / 1e6).toBeCloseTo(at, 0);
  });

  test('stalled() - gives JOB_STALLED and counts it; the job has not ended', async () => {
    const { otel, queue } = startRig();
    queue.stalled(job, { attempt: 2, worker: 'w' });
    expect(recorded(otel, 'job.stalled')).toEqual({
      'worker.id': 'w',
      'job.id': 'j-1',
      'job.type': 'welcome',
      'job.attempt.number': 2,
      'messaging.destination.name': QUEUE,
    });
    expect(otel.logs('job.stalled')[0]?.severityText).toBe('WARN');
    expect(await otel.points('job.stalled')).toMatchObject([{ value: 1 }]);
    expect(await otel.points('job.ended')).toEqual([]);
  });

  test('revived() - gives JOB_REVIVED with the attempts so far', () => {
    const { otel, queue } = startRig();
    queue.revived(job, { attempts: 5 });
    expect(recorded(otel, 'job.revived')).toEqual({
      'job.id': 'j-1',
      'job.type': 'welcome',
      'job.attempts': 5,
      'messaging.destination.name': QUEUE,
    });
    expect(otel.logs('job.revived')[0]?.severityText).toBe('INFO');
  });

  test('all of them - are of no span but that of an end where they have no carrier, whatever is active', () => {
    const { otel, queue } = startRig();
    trace.getTracer('app').startActiveSpan('event of the engine', (span) => {
      queue.queued(job);
      queue.completed(job);
      queue.revived(job);
      queue.abandoned(job, { reason: 'removed' });
      queue.stalled(job);
      span.end();
    });
    expect(eventNames(ended(otel, 'event of the engine'))).toEqual([]);
    const [completed, removed] = otel.spans('settle welcome');
    expect(otel.logs().map((record) => record.spanContext?.spanId)).toEqual([
      undefined,
      completed?.spanContext().spanId,
      undefined,
      removed?.spanContext().spanId,
      undefined,
    ]);
    expect(completed?.parentSpanContext).toBeUndefined();
    expect(removed?.parentSpanContext).toBeUndefined();
    expect(completed?.spanContext().traceId).not.toBe(removed?.spanContext().traceId);
  });

  test('process() - a lazy query, which does its work when it is awaited, does it within the attempt', async () => {
    const { otel, queue } = startRig();
    let ranIn: string | undefined;
    const query = {
      // biome-ignore lint/suspicious/noThenProperty: what query builders return is a thenable and no promise
      then: (resolve: (rows: number) => void): void => {
        ranIn = trace.getActiveSpan()?.spanContext().spanId;
        setTimeout(() => resolve(7), 100);
      },
    } as unknown as Promise<number>;
    const processed = queue.process({ job, number: 1 }, () => query, never);
    await pass(100);
    await expect(processed).resolves.toBe(7);
    const span = ended(otel, SPAN);
    expect(ranIn).toBe(span.spanContext().spanId);
    expect(Number(nanos(span.endTime) - nanos(span.startTime)) / 1e6).toBeCloseTo(100, 1);
  });
});
