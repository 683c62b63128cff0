import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NotRetryable } from '../../../examples/job-queue/queue/index.js';
import { hang, pass, turn, useFakeTime, useRealTime, work } from './fake-time.js';
import { createRig, errorTypes, eventsOf, reasons } from './rig.js';

describe('JobQueue - the end of a job', () => {
  beforeEach(useFakeTime);
  afterEach(useRealTime);

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
