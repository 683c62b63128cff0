import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { now } from '../../../examples/job-queue/queue/clock.js';
import { hang, pass, turn, useFakeTime, useRealTime, work } from './fake-time.js';
import { createRig, eventsOf } from './rig.js';

/** The reasons for which the jobs were abandoned, in order. */
function abandoned(rig: ReturnType<typeof createRig>): string[] {
  return rig
    .told({ event: 'job.abandoned' })
    .map(({ job, attributes }) => `${job}: ${attributes['job.abandon.reason']}`);
}

describe('JobQueue - shutdown', () => {
  beforeEach(useFakeTime);
  afterEach(useRealTime);

  describe('7. `shutdown({ timeoutMillis })` refuses new jobs, finishes those in flight, abandons delayed and waiting jobs with `shutdown` exactly once, and returns within the timeout', () => {
    test('new jobs are refused as closed', () => {
      const rig = createRig();
      void rig.queue.shutdown();
      expect(rig.add('late')).toEqual({ accepted: false, reason: 'closed' });
      expect(rig.told({ event: 'job.rejected' })[0]?.attributes).toMatchObject({
        'job.reject.reason': 'closed',
      });
    });

    test('what is in flight finishes, the rest is abandoned', async () => {
      const rig = createRig({ workers: 1, backoffMillis: () => 500 });
      rig.add('retrying', {}, () => Promise.reject(new Error('once')));
      await turn();
      rig.add('active', {}, () => work(100));
      await turn();
      rig.add('waiting');
      rig.add('delayed', { delayMillis: 50 });
      const done = rig.queue.shutdown({ timeoutMillis: 1000 });
      expect(rig.queue.counts()).toEqual({
        accepted: 4,
        completed: 0,
        abandoned: 3,
        waiting: 0,
        delayed: 0,
        active: 1,
      });
      await pass(100);
      await done;
      await pass(5000);
      expect(abandoned(rig)).toEqual(['retrying: shutdown', 'waiting: shutdown', 'delayed: shutdown']);
      expect(rig.told({ event: 'job.completed' }).map(({ job }) => job)).toEqual(['active']);
      expect(rig.began).toEqual(['retrying#1', 'active#1']);
    });

    test('a job that fails meanwhile is not retried', async () => {
      const rig = createRig();
      rig.add('failing', {}, () => work(10).then(() => Promise.reject(new Error('no'))));
      await turn();
      const done = rig.queue.shutdown();
      await pass(10);
      await done;
      expect(eventsOf(rig.told({ job: 'failing' }))).toEqual([
        'job.queued',
        'job.started',
        'job.failed',
        'job.abandoned',
      ]);
      expect(abandoned(rig)).toEqual(['failing: shutdown']);
    });

    test('what still runs at the deadline is aborted and abandoned', async () => {
      const rig = createRig({ workers: 2 });
      let reason: unknown;
      const start = now();
      rig.add('deaf', {}, (job) => {
        job.signal.addEventListener('abort', () => {
          reason = job.signal.reason;
        });
        return hang();
      });
      rig.add('listening', {}, (job) => work(60_000, job.signal));
      await turn();
      let returnedAt = Number.NaN;
      const done = rig.queue.shutdown({ timeoutMillis: 300 }).then(() => {
        returnedAt = now();
      });
      await pass(299);
      expect(abandoned(rig)).toEqual([]);
      await pass(1);
      await done;
      expect(returnedAt - start).toBe(300);
      expect(reason).toMatchObject({ name: 'AbortError' });
      expect(abandoned(rig)).toEqual(['deaf: shutdown', 'listening: shutdown']);
      expect(rig.spans({ job: 'deaf', operation: 'process' })[0]?.attributes).toMatchObject({
        'job.attempt.outcome': 'lost',
      });
      await pass(60_000);
      expect(rig.queue.counts()).toMatchObject({ accepted: 2, completed: 0, abandoned: 2, active: 0 });
      expect(rig.told({ event: 'job.abandoned' })).toHaveLength(2);
    });
  });

  test('8. Two shutdowns return the same promise', async () => {
    const rig = createRig();
    const first = rig.queue.shutdown();
    expect(rig.queue.shutdown({ timeoutMillis: 1 })).toBe(first);
    await first;
    expect(rig.queue.shutdown()).toBe(first);
  });

  test('23. A job enqueued from a handler during shutdown is rejected as `closed`, with no deadlock', async () => {
    const rig = createRig();
    let inner: unknown;
    rig.add('outer', {}, async () => {
      await work(10);
      inner = rig.add('inner');
    });
    await turn();
    const done = rig.queue.shutdown({ timeoutMillis: 60_000 });
    await pass(10);
    await done;
    expect(inner).toEqual({ accepted: false, reason: 'closed' });
    expect(rig.queue.counts()).toMatchObject({ accepted: 1, completed: 1 });
  });

  test('shutdown() - that a handler waits for ends at the deadline', async () => {
    const rig = createRig();
    rig.add('waits-for-itself', {}, () => rig.queue.shutdown({ timeoutMillis: 100 }));
    await pass(100);
    await rig.queue.shutdown();
    expect(abandoned(rig)).toEqual(['waits-for-itself: shutdown']);
  });

  test('shutdown() - without workers that started abandons all and resolves', async () => {
    const rig = createRig({ start: false });
    rig.add('never');
    await rig.queue.shutdown();
    expect(abandoned(rig)).toEqual(['never: shutdown']);
    rig.queue.start();
    await pass(1000);
    expect(rig.began).toEqual([]);
    expect(rig.told({ event: 'worker.started' })).toEqual([]);
  });

  test('shutdown() - waits for a timed-out handler that still runs, and stops its worker last', async () => {
    const rig = createRig({ workers: 2, timeoutMillis: 10 });
    rig.add('overrunning', { maxAttempts: 1 }, () => work(500));
    await pass(20);
    const done = rig.queue.shutdown();
    await turn();
    const stopped = (): unknown[] =>
      rig.told({ event: 'worker.stopped' }).map(({ attributes }) => attributes['worker.id']);
    expect(stopped()).toEqual(['worker-2']);
    await pass(480);
    await done;
    expect(stopped()).toEqual(['worker-2', 'worker-1']);
  });

  test('shutdown() - stops each worker once, with what it did', async () => {
    const rig = createRig({ workers: 2 });
    rig.add('a', {}, () => work(30));
    rig.add('b', {}, hang);
    await turn();
    const done = rig.queue.shutdown({ timeoutMillis: 100 });
    await pass(100);
    await done;
    const stopped = rig.told({ event: 'worker.stopped' }).map(({ attributes }) => attributes);
    expect(rig.told({ event: 'worker.started' })).toHaveLength(2);
    expect(stopped).toMatchObject([
      { 'worker.id': 'worker-1', 'worker.stop.reason': 'shutdown' },
      { 'worker.id': 'worker-2', 'worker.stop.reason': 'deadline' },
    ]);
  });
});
