import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import type { SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { pass, useFakeTime, useRealTime } from '../examples/queue/fake-time.js';
import { nanos, resetOtel, startOtel } from '../support/otel.js';
import { ended, eventNames, eventsLieWithin, GIVE_UP, QUEUE, RETRY, startRig } from './rig.js';

beforeEach(useFakeTime);
afterEach(() => {
  useRealTime();
  resetOtel();
});

const SPAN = `process ${QUEUE}`;

function jobOf(n: number): { id: string; type: string } {
  return { id: `j-${n}`, type: 'welcome' };
}

describe('a batch', () => {
  test('batch() - has one CONSUMER span with a link to the enqueue of each job, and the signals of each', async () => {
    const { otel, queue } = startRig();
    const enqueues = [1, 2, 3].map((n) => queue.enqueue(jobOf(n)));
    for (const enqueue of enqueues) enqueue.accepted();
    const batch = queue.batch(
      enqueues.map(({ carrier }, i) => ({ job: jobOf(i + 1), carrier, number: 1 })),
      { worker: 'w' },
    );
    await pass(50);
    for (const attempt of batch.attempts) attempt.completed();
    const span = ended(otel, SPAN);
    expect(span.kind).toBe(SpanKind.CONSUMER);
    expect(span.parentSpanContext).toBeUndefined();
    expect(span.attributes).toEqual({
      'messaging.system.name': 'signalbox',
      'messaging.destination.name': QUEUE,
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.batch.message_count': 3,
      'worker.id': 'w',
    });
    expect(span.links.map(({ context, attributes }) => [context.spanId, attributes])).toEqual(
      otel
        .spans('enqueue welcome')
        .map((enqueue) => [enqueue.spanContext().spanId, { 'link.reason': 'enqueued_by' }]),
    );
    expect(eventNames(span)).toEqual([...Array(3).fill('job.started'), ...Array(3).fill('job.completed')]);
    expect(eventsLieWithin(span)).toBe(true);
    expect(span.events.map((event) => event.attributes?.['job.id'])).toEqual([
      ...['j-1', 'j-2', 'j-3'],
      ...['j-1', 'j-2', 'j-3'],
    ]);
    expect(await otel.points('job.ended')).toMatchObject([{ value: 3 }]);
    expect(await otel.points('messaging.process.duration')).toMatchObject([{ value: 3 }]);
  });

  test('batch() - its span ends with the last attempt, and is an ERROR where any failed', async () => {
    const { otel, queue } = startRig();
    const batch = queue.batch([1, 2, 3].map((n) => ({ job: jobOf(n), number: 1 })));
    batch.attempts[0]?.failed(new RangeError('no'), RETRY);
    await pass(100);
    batch.attempts[1]?.completed();
    expect(otel.spans(SPAN)).toEqual([]);
    batch.attempts[2]?.failed(new Error('no'), GIVE_UP);
    const span = ended(otel, SPAN);
    expect(span.status).toEqual({ code: SpanStatusCode.ERROR, message: '2 of 3 jobs failed' });
    expect(span.attributes['error.type']).toBe('RangeError');
    for (const ofOneJob of ['job.attempt.outcome', 'job.retry.delay', 'job.abandon.reason', 'job.id'])
      expect(span.attributes).not.toHaveProperty(ofOneJob);
    expect(Number(nanos(span.endTime) - nanos(span.startTime)) / 1e6).toBeCloseTo(100, 0);
    expect(eventNames(span).slice(3)).toEqual([
      'job.failed',
      'job.retrying',
      'job.completed',
      'job.failed',
      'job.abandoned',
    ]);
  });

  test('batch() - is unset where none failed, deferred ones too', () => {
    const { otel, queue } = startRig();
    const batch = queue.batch([{ job: jobOf(1) }, { job: jobOf(2) }]);
    batch.attempts[0]?.deferred({ reason: 'later' });
    batch.attempts[1]?.completed();
    expect(ended(otel, SPAN).status.code).toBe(SpanStatusCode.UNSET);
  });

  test('batch() - of a retry links to the attempt before, and a later single attempt to the batch', () => {
    const { otel, queue } = startRig();
    queue.attempt({ job: jobOf(1), number: 1 }).failed(new Error('no'), RETRY);
    const batch = queue.batch([
      { job: jobOf(1), number: 2 },
      { job: jobOf(2), number: 1 },
    ]);
    for (const attempt of batch.attempts) attempt.failed(new Error('no'), RETRY);
    queue.attempt({ job: jobOf(2), number: 2 }).completed();
    const [first, last] = otel.spans('process welcome');
    expect(ended(otel, SPAN).links).toMatchObject([
      {
        context: { spanId: first?.spanContext().spanId },
        attributes: { 'link.reason': 'previous_attempt', 'job.attempt.number': 1 },
      },
    ]);
    expect(last?.links[0]?.context.spanId).toBe(ended(otel, SPAN).spanContext().spanId);
  });

  test('run() - runs the handler once in the context of the batch, and gives back what it does', async () => {
    const { otel, queue } = startRig();
    const batch = queue.batch([1, 2, 3].map((n) => ({ job: jobOf(n), number: 1 })));
    let ran = 0;
    const work = batch.run(async () => {
      ran++;
      await new Promise<void>((done) => setTimeout(done, 70));
      return trace.getActiveSpan()?.spanContext();
    });
    await pass(70);
    const active = await work;
    await pass(500);
    for (const attempt of batch.attempts) attempt.completed();
    const span = ended(otel, SPAN);
    expect(ran).toBe(1);
    expect(active).toEqual(span.spanContext());
    expect(Number(nanos(span.endTime) - nanos(span.startTime)) / 1e6).toBeCloseTo(70, 0);
    const error = new Error('no');
    expect(() =>
      queue.batch([{ job: jobOf(4) }]).run(() => {
        throw error;
      }),
    ).toThrow(error);
  });

  test('a worker - is busy with all the jobs of its batch', async () => {
    const { otel, queue } = startRig();
    queue.worker('w', { slots: 3 }).started();
    const batch = queue.batch(
      [1, 2].map((n) => ({ job: jobOf(n) })),
      { worker: 'w' },
    );
    const states = async (): Promise<object> =>
      Object.fromEntries((await otel.points('worker.count')).map((p) => [p.labels['worker.state'], p.value]));
    expect(await states()).toEqual({ busy: 2, idle: 1 });
    for (const attempt of batch.attempts) attempt.completed();
    expect(await states()).toEqual({ busy: 0, idle: 3 });
  });

  test('batch() - its one handler ends at one moment for all of its jobs', () => {
    const { queue } = startRig();
    resetOtel();
    // What each of the jobs does around the handler takes time.
    const slow = new AsyncLocalStorageContextManager().enable();
    const enter = slow.with.bind(slow);
    vi.spyOn(slow, 'with').mockImplementation((...given) => {
      try {
        return enter(...given);
      } finally {
        vi.advanceTimersByTime(5);
      }
    });
    const otel = startOtel({ contextManager: slow });
    const batch = queue.batch([1, 2, 3].map((n) => ({ job: jobOf(n), number: 1 })));
    batch.run(() => vi.advanceTimersByTime(50));
    for (const attempt of batch.attempts) attempt.completed();
    const durations = otel.logs('job.completed').map(({ attributes }) => attributes['job.duration']);
    expect(durations).toHaveLength(3);
    expect(new Set(durations).size).toBe(1);
    expect(eventsLieWithin(ended(otel, SPAN))).toBe(true);
  });

  test('batch() - as many jobs as an engine hands out at once run one handler, whose stack they leave alone', () => {
    const { otel, queue } = startRig();
    const batch = queue.batch(Array.from({ length: 20_000 }, (_, n) => ({ job: jobOf(n), number: 1 })));
    const depth = (): number => {
      try {
        return 1 + depth();
      } catch {
        return 1;
      }
    };
    const ofOne = queue.batch([{ job: jobOf(0), number: 1 }]).run(depth);
    // Less than half of the stack is gone, whatever the engine makes of a frame.
    expect(batch.run(depth)).toBeGreaterThan(ofOne / 2);
    for (const attempt of batch.attempts) attempt.completed();
    expect(otel.logs('job.completed')).toHaveLength(20_000);
  });

  test('a batch of no job - runs its handler and leaves no span open', () => {
    const { queue } = startRig();
    resetOtel();
    let open = 0;
    const counting: SpanProcessor = {
      onStart: () => void open++,
      onEnd: () => void open--,
      forceFlush: () => Promise.resolve(),
      shutdown: () => Promise.resolve(),
    };
    const otel = startOtel({ spanProcessors: [counting] });
    const batch = queue.batch([]);
    expect(batch.run(() => 'done')).toBe('done');
    expect(batch.attempts).toEqual([]);
    expect(open).toBe(0);
    expect(otel.logs()).toEqual([]);
  });
});
