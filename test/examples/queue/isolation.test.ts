import { AsyncLocalStorage } from 'node:async_hooks';
import { context, createContextKey, trace } from '@opentelemetry/api';
import { createSignalbox, when } from 'signalbox';
import { JOB_COMPLETED, JOB_STARTED } from 'signalbox/jobs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { JobCall } from '../../../examples/job-queue/queue/index.js';
import { hang, pass, turn, useFakeTime, useRealTime, work } from './fake-time.js';
import { createRig, eventsOf } from './rig.js';

function fail(): never {
  throw new Error('no');
}

describe('JobQueue - isolation', () => {
  beforeEach(useFakeTime);
  afterEach(useRealTime);

  test('15. Mutating the job or payload in the handler changes neither id, attempts, carrier nor the next attempt’s payload', async () => {
    const rig = createRig({ backoffMillis: () => 10 });
    const payload = { to: 'ada', list: [1] };
    const seen: unknown[] = [];
    rig.add('job', { payload, maxAttempts: 3 }, (job) => {
      seen.push(structuredClone({ id: job.id, attempt: job.attempt, payload: job.payload }));
      const own = job as { -readonly [K in keyof JobCall]: JobCall[K] };
      const mine = own.payload as typeof payload;
      mine.to = 'someone else';
      mine.list.push(2);
      Object.assign(own, {
        id: 'other',
        type: 'other',
        attempt: 99,
        maxAttempts: 99,
        priority: 99,
        worker: 'x',
        runnableAt: 0,
        payload: 0,
      });
      fail();
    });
    payload.to = 'changed by the caller';
    await pass(1000);
    const first = { to: 'ada', list: [1] };
    expect(seen).toEqual([1, 2, 3].map((attempt) => ({ id: 'job', attempt, payload: first })));
    expect(eventsOf(rig.told({ job: 'job' })).at(-1)).toBe('job.abandoned');
    const [enqueued] = rig.spans({ job: 'job', operation: 'enqueue' });
    const attempts = rig.spans({ job: 'job', operation: 'process' });
    expect(attempts.map(({ attributes }) => attributes['job.attempt.number'])).toEqual([1, 2, 3]);
    for (const { parentSpanContext } of attempts)
      expect(parentSpanContext?.spanId).toBe(enqueued?.spanContext().spanId);
  });

  describe('19. Attempts run in the context captured for that job, never another caller’s', () => {
    test('by asynchronous storage, through waits, retries and other jobs’ ends', async () => {
      const storage = new AsyncLocalStorage<string>();
      const rig = createRig({ backoffMillis: () => 15 });
      const seen: string[] = [];
      const see = async (job: JobCall): Promise<void> => {
        seen.push(`${job.id}#${job.attempt} in ${storage.getStore()}`);
        await work(10);
        if (job.attempt === 1 && job.id === 'a') fail();
      };
      storage.run('caller a', () => rig.add('a', {}, see));
      storage.run('caller b', () => rig.add('b', { delayMillis: 5 }, see));
      rig.add('c', {}, see);
      await storage.run('the test', () => pass(1000));
      expect(seen).toEqual(['a#1 in caller a', 'b#1 in caller b', 'c#1 in undefined', 'a#2 in caller a']);
    });

    test('by the OpenTelemetry context', async () => {
      const key = createContextKey('caller');
      const rig = createRig();
      const tracer = trace.getTracer('app');
      const seen: (readonly [unknown, string | undefined])[] = [];
      const see = async (): Promise<void> => {
        seen.push([context.active().getValue(key), trace.getActiveSpan()?.spanContext().traceId]);
        await work(10);
      };
      const traces = ['a', 'b'].map((id) =>
        tracer.startActiveSpan(`request ${id}`, (span) => {
          context.with(context.active().setValue(key, id), () => rig.add(id, {}, see));
          span.end();
          return span.spanContext().traceId;
        }),
      );
      await pass(1000);
      expect(seen.map(([, traceId]) => traceId)).toEqual(traces);
      expect(seen.filter(([caller], n) => caller !== undefined && caller !== ['a', 'b'][n])).toEqual([]);
    });

    test('so that a job enqueued by a handler is a child of that attempt', async () => {
      const rig = createRig({ workers: 2 });
      rig.add('outer', {}, async () => {
        await work(10);
        rig.add('inner');
      });
      rig.add('other', {}, hang);
      await pass(1000);
      const [attempt] = rig.spans({ job: 'outer', operation: 'process' });
      const [enqueued] = rig.spans({ job: 'inner', operation: 'enqueue' });
      const [inner] = rig.spans({ job: 'inner', operation: 'process' });
      expect(enqueued?.parentSpanContext?.spanId).toBe(attempt?.spanContext().spanId);
      expect(inner?.parentSpanContext?.spanId).toBe(enqueued?.spanContext().spanId);
    });
  });

  describe('20. A throwing event listener or signal route neither fails the job nor loses the slot', () => {
    const bad = (): never => fail();

    test('a sink and a predicate that throw', async () => {
      const box = createSignalbox({
        destinations: { sink: bad },
        routes: [
          { signals: '*', to: ['otel', 'sink'] },
          { signals: when(JOB_STARTED, bad), to: 'otel' },
          { signals: when(JOB_COMPLETED, bad), to: 'otel' },
        ],
      });
      const rig = createRig({ box });
      for (const id of ['a', 'b', 'c']) rig.add(id, {}, () => work(10));
      await pass(1000);
      expect(rig.began).toEqual(['a#1', 'b#1', 'c#1']);
      expect(rig.queue.counts()).toMatchObject({ accepted: 3, completed: 3, abandoned: 0 });
      await box.shutdown({ timeoutMillis: 0 });
    });

    test('a span processor that throws', async () => {
      const processor = {
        onStart: bad,
        onEnd: bad,
        forceFlush: () => Promise.resolve(),
        shutdown: () => Promise.resolve(),
      };
      const rig = createRig({ spanProcessors: [processor] });
      for (const id of ['a', 'b', 'c']) rig.add(id, {}, () => work(10));
      await pass(1000);
      expect(rig.began).toEqual(['a#1', 'b#1', 'c#1']);
      expect(rig.queue.counts()).toMatchObject({ accepted: 3, completed: 3, abandoned: 0 });
    });

    test('a predicate that cancels, enqueues and counts while the job begins', async () => {
      const seen: unknown[] = [];
      const box = createSignalbox({
        routes: [
          {
            signals: when(JOB_STARTED, ({ job_id }) => {
              if (job_id === 'first') {
                rig.add('second');
                rig.queue.cancel('first', 'from a predicate');
                const { accepted, active, abandoned, waiting } = rig.queue.counts();
                seen.push(accepted - active - abandoned - waiting);
              }
              return true;
            }),
            to: 'otel',
          },
        ],
      });
      const rig = createRig({ box });
      rig.add('first', {}, (job) => work(60_000, job.signal));
      await turn();
      expect(seen).toEqual([0]);
      expect(rig.began).toEqual(['first#1', 'second#1']);
      expect(rig.queue.counts()).toMatchObject({ accepted: 2, completed: 1, abandoned: 1 });
    });
  });
});
