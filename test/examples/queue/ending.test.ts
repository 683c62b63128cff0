import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NotRetryable } from '../../../examples/job-queue/queue/index.js';
import { hang, pass, turn, useFakeTime, useRealTime, work } from './fake-time.js';
import type { Rig } from './rig.js';
import { createRig, eventsOf } from './rig.js';

/** Why the job was abandoned, each time that it was. */
function reasons(rig: Rig, job: string): unknown[] {
  return rig.told({ event: 'job.abandoned', job }).map(({ attributes }) => attributes['job.abandon.reason']);
}

function errorTypes(rig: Rig, job: string): unknown[] {
  return rig
    .told({ event: 'job.failed', job })
    .map(({ attributes }) => attributes['exception.type'] ?? attributes['error.type']);
}

describe('JobQueue - the end of a job', () => {
  beforeEach(useFakeTime);
  afterEach(useRealTime);

  describe('9. Cancelling a waiting job never calls its handler; cancelling an active one aborts its signal and is never retried', () => {
    test('a waiting one', async () => {
      const rig = createRig();
      rig.add('busy', {}, () => work(10));
      await turn();
      rig.add('waiting');
      expect(rig.queue.cancel('waiting')).toBe(true);
      await pass(1000);
      expect(rig.began).toEqual(['busy#1']);
      expect(reasons(rig, 'waiting')).toEqual(['cancelled']);
    });

    test('a delayed one, by its signal', async () => {
      const rig = createRig();
      const controller = new AbortController();
      rig.add('delayed', { delayMillis: 50, signal: controller.signal });
      await pass(10);
      controller.abort();
      await pass(1000);
      expect(rig.began).toEqual([]);
      expect(reasons(rig, 'delayed')).toEqual(['cancelled']);
    });

    test('one that waits for its retry', async () => {
      const rig = createRig();
      rig.add('failing', {}, () => Promise.reject(new Error('no')));
      await turn();
      expect(rig.queue.cancel('failing')).toBe(true);
      await pass(60_000);
      expect(rig.began).toEqual(['failing#1']);
      expect(rig.told({ event: 'job.abandoned' })[0]?.attributes).toMatchObject({
        'job.abandon.reason': 'cancelled',
        'job.attempts': 1,
      });
    });

    test('an active one', async () => {
      const rig = createRig();
      let seen: unknown;
      rig.add('active', {}, async (job) => {
        job.signal.addEventListener('abort', () => {
          seen = job.signal.reason;
        });
        await work(60_000, job.signal);
      });
      await turn();
      expect(rig.queue.cancel('active', 'no longer wanted')).toBe(true);
      expect(seen).toBe('no longer wanted');
      expect(rig.queue.counts()).toMatchObject({ abandoned: 1, active: 0 });
      await pass(60_000);
      expect(rig.began).toEqual(['active#1']);
      expect(reasons(rig, 'active')).toEqual(['cancelled']);
      expect(errorTypes(rig, 'active')).toEqual(['cancelled']);
    });
  });

  test('cancel() - says false for a job that is not there, or has ended', async () => {
    const rig = createRig();
    expect(rig.queue.cancel('nobody')).toBe(false);
    rig.add('done');
    await turn();
    expect(rig.queue.cancel('done')).toBe(false);
    expect(reasons(rig, 'done')).toEqual([]);
  });

  test('cancel() - a job whose signal was aborted before it came is accepted and cancelled', async () => {
    const rig = createRig();
    rig.add('stillborn', { signal: AbortSignal.abort() });
    await turn();
    expect(rig.began).toEqual([]);
    expect(eventsOf(rig.told())).toEqual(['job.queued', 'job.abandoned']);
  });

  test('cancel() - the signal of a job that has ended cancels no other of its id', async () => {
    const rig = createRig();
    const controller = new AbortController();
    rig.add('again', { signal: controller.signal });
    await turn();
    rig.add('again', { delayMillis: 10 });
    controller.abort();
    await pass(10);
    expect(rig.queue.counts()).toMatchObject({ completed: 2, abandoned: 0 });
  });

  test('cancel() - the signal of a job that has ended is listened to no more', async () => {
    const rig = createRig();
    const { signal } = new AbortController();
    rig.add('done', { signal });
    rig.add('delayed', { signal, delayMillis: 10 });
    expect(getEventListeners(signal, 'abort')).toHaveLength(2);
    await turn();
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    rig.queue.cancel('delayed');
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  test('cancel() - works from within the backoff of the job itself', async () => {
    const rig = createRig({
      backoffMillis: () => {
        rig.queue.cancel('job');
        return 10;
      },
    });
    rig.add('job', {}, () => Promise.reject(new Error('no')));
    await pass(1000);
    expect(rig.began).toEqual(['job#1']);
    expect(reasons(rig, 'job')).toEqual(['cancelled']);
    expect(rig.queue.counts()).toMatchObject({ accepted: 1, abandoned: 1, delayed: 0 });
  });

  test('cancel() - an active job keeps its worker until its handler has ended', async () => {
    const rig = createRig();
    rig.add('deaf', {}, () => work(100));
    rig.add('next');
    await turn();
    rig.queue.cancel('deaf');
    await pass(99);
    expect(rig.began).toEqual(['deaf#1']);
    await pass(1);
    expect(rig.began).toEqual(['deaf#1', 'next#1']);
  });

  describe('10. A handler that resolves after cancel or timeout changes no outcome and makes no second end', () => {
    test.each([
      ['resolves', () => work(100)],
      ['rejects', () => work(100).then(() => Promise.reject(new Error('late')))],
    ])('one that %s after a cancel', async (_, late) => {
      const rig = createRig();
      rig.add('job', {}, late);
      await turn();
      rig.queue.cancel('job');
      await pass(10_000);
      expect(eventsOf(rig.told())).toEqual(['job.queued', 'job.started', 'job.failed', 'job.abandoned']);
      expect(rig.queue.counts()).toMatchObject({ accepted: 1, completed: 0, abandoned: 1, active: 0 });
      expect(rig.spans({ job: 'job', operation: 'process' })).toHaveLength(1);
    });

    test.each([
      ['resolves', () => work(100)],
      ['rejects', () => work(100).then(() => Promise.reject(new Error('late')))],
    ])('one that %s after a timeout', async (_, late) => {
      const rig = createRig({ timeoutMillis: 20 });
      rig.add('job', { maxAttempts: 1 }, late);
      await pass(10_000);
      expect(eventsOf(rig.told())).toEqual([
        'job.queued',
        'job.started',
        'job.failed',
        'job.abandoned',
        'job.overrun',
      ]);
      expect(reasons(rig, 'job')).toEqual(['timeout']);
      expect(rig.queue.counts()).toMatchObject({ accepted: 1, completed: 0, abandoned: 1, active: 0 });
    });

    test('one whose next attempt runs already', async () => {
      const rig = createRig({ workers: 2, timeoutMillis: 20, backoffMillis: () => 0 });
      rig.add('job', { maxAttempts: 2 }, (job) => (job.attempt === 1 ? work(25) : work(15)));
      await pass(10_000);
      expect(rig.queue.counts()).toMatchObject({ completed: 1, abandoned: 0 });
      expect(
        rig.told({ event: 'job.completed' }).map(({ attributes }) => attributes['job.attempts']),
      ).toEqual([2]);
    });
  });

  describe('11. A timed-out handler that never settles keeps its slot until it settles (default) and is reported; concurrency is never exceeded', () => {
    test('one that never settles', async () => {
      const rig = createRig({ workers: 2, timeoutMillis: 20 });
      rig.add('hanging', { maxAttempts: 1 }, hang);
      let running = 0;
      let most = 0;
      for (let n = 0; n < 5; n++) {
        rig.add(`job-${n}`, {}, async () => {
          most = Math.max(most, ++running);
          await work(10);
          running--;
        });
      }
      await pass(1000);
      expect(rig.queue.counts()).toMatchObject({ completed: 5, abandoned: 1 });
      expect(most).toBe(1);
      expect(rig.told({ event: 'job.overrun' })).toMatchObject([
        { job: 'hanging', attributes: { 'worker.id': 'worker-1' } },
      ]);
    });

    test('one that settles late gives its slot back', async () => {
      const rig = createRig({ timeoutMillis: 20 });
      rig.add('late', { maxAttempts: 1 }, () => work(70));
      rig.add('next');
      await pass(69);
      expect(rig.began).toEqual(['late#1']);
      await pass(1);
      expect(rig.began).toEqual(['late#1', 'next#1']);
    });

    test('one that ends when its signal aborts is no overrun', async () => {
      const rig = createRig({ timeoutMillis: 20 });
      let reason: unknown;
      rig.add('listening', { maxAttempts: 1 }, async (job) => {
        try {
          await work(60_000, job.signal);
        } finally {
          reason = job.signal.reason;
        }
      });
      rig.add('next');
      await pass(20);
      expect(rig.began).toEqual(['listening#1', 'next#1']);
      await pass(1000);
      expect(reason).toBeInstanceOf(DOMException);
      expect(reason).toMatchObject({ name: 'TimeoutError' });
      expect(rig.told({ event: 'job.overrun' })).toEqual([]);
      expect(errorTypes(rig, 'listening')).toEqual(['timeout']);
    });
  });

  test('12. A synchronous throw equals a rejection', async () => {
    const rig = createRig({ backoffMillis: () => 10 });
    const error = new RangeError('no');
    rig.add('throws', { maxAttempts: 2 }, () => {
      throw error;
    });
    await pass(100);
    rig.add('rejects', { maxAttempts: 2 }, () => Promise.reject(error));
    await pass(100);
    expect(eventsOf(rig.told({ job: 'throws' }))).toEqual(eventsOf(rig.told({ job: 'rejects' })));
    expect(errorTypes(rig, 'throws')).toEqual(['RangeError', 'RangeError']);
    expect(errorTypes(rig, 'rejects')).toEqual(['RangeError', 'RangeError']);
    expect(reasons(rig, 'throws')).toEqual(reasons(rig, 'rejects'));
  });

  describe('13. `throw undefined`, strings and frozen errors give a JOB_FAILED with `error.type` `_OTHER` and no secondary throw', () => {
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    test.each<[string, unknown, string]>([
      ['undefined', undefined, '_OTHER'],
      ['null', null, '_OTHER'],
      ['a string', 'no', '_OTHER'],
      ['a frozen object', Object.freeze({ message: 'no' }), '_OTHER'],
      ['a revoked proxy', revoked.proxy, '_OTHER'],
      // Frozen or not, an error has the type that its name gives.
      ['a frozen error', Object.freeze(new Error('no')), 'Error'],
    ])('%s', async (_, thrown, type) => {
      const rig = createRig({ backoffMillis: () => 10 });
      rig.add('job', { maxAttempts: 2 }, () => {
        throw thrown;
      });
      rig.add('next');
      await pass(1000);
      expect(errorTypes(rig, 'job')).toEqual([type, type]);
      expect(reasons(rig, 'job')).toEqual(['max_attempts']);
      expect(rig.queue.counts()).toMatchObject({ accepted: 2, completed: 1, abandoned: 1 });
    });
  });

  test('14. A thenable that throws in `then` fails the attempt', async () => {
    const rig = createRig();
    rig.add('method', { maxAttempts: 1 }, () => ({
      // biome-ignore lint/suspicious/noThenProperty: the hostile thenable is what is tested
      then: () => {
        throw new RangeError('no');
      },
    }));
    rig.add('getter', { maxAttempts: 1 }, () =>
      Object.defineProperty({}, 'then', {
        get: () => {
          throw new SyntaxError('no');
        },
      }),
    );
    rig.add('next');
    await turn();
    expect(errorTypes(rig, 'method')).toEqual(['RangeError']);
    expect(errorTypes(rig, 'getter')).toEqual(['SyntaxError']);
    expect(rig.queue.counts()).toMatchObject({ completed: 1, abandoned: 2 });
  });

  test('NotRetryable - ends the job at its first attempt', async () => {
    const rig = createRig();
    rig.add('job', { maxAttempts: 5 }, () => {
      throw new NotRetryable('no such address');
    });
    await pass(60_000);
    expect(rig.began).toEqual(['job#1']);
    expect(reasons(rig, 'job')).toEqual(['not_retryable']);
    expect(errorTypes(rig, 'job')).toEqual(['NotRetryable']);
  });

  test('retry - comes after a quadratic backoff, until the attempts are used up', async () => {
    const rig = createRig();
    const at: number[] = [];
    rig.add('job', { maxAttempts: 3 }, () => {
      at.push(performance.now());
      throw new Error('no');
    });
    await pass(60_000);
    expect(at.map((each) => each - (at[0] ?? 0))).toEqual([0, 1000, 5000]);
    expect(reasons(rig, 'job')).toEqual(['max_attempts']);
    expect(
      rig.told({ event: 'job.retrying' }).map(({ attributes }) => attributes['job.retry.delay']),
    ).toEqual([1, 4]);
  });

  test('timeout - is retried like any failure, from the limit on', async () => {
    const rig = createRig({ timeoutMillis: 20, backoffMillis: () => 100 });
    rig.add('job', { maxAttempts: 2 }, (job) => work(60_000, job.signal));
    await pass(120);
    expect(rig.began).toEqual(['job#1', 'job#2']);
    await pass(20);
    expect(reasons(rig, 'job')).toEqual(['timeout']);
    expect(rig.queue.counts()).toMatchObject({ abandoned: 1, active: 0 });
  });
});
