import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Taker } from '../../examples/job-queue/engines/engine.js';
import type { Entry } from '../../examples/job-queue/ledger.js';
import { Ledger } from '../../examples/job-queue/ledger.js';
import { createPlan, FAILURE_RATES } from '../../examples/job-queue/plan.js';
import type { ProduceOptions } from '../../examples/job-queue/produce.js';
import { produce } from '../../examples/job-queue/produce.js';
import type { JobQueue, NewJob } from '../../examples/job-queue/queue/index.js';

/** A queue that takes so many jobs and refuses the rest. */
function createQueue(capacity: number) {
  const taken: NewJob[] = [];
  const enqueue: JobQueue['enqueue'] = (job) => {
    if (taken.length >= capacity) return { accepted: false, reason: 'queue_full' };
    taken.push(job);
    return { accepted: true, runnableAt: 1234.5 };
  };
  return { queue: { enqueue } as JobQueue, taken };
}

function setUp(capacity: number, options: Partial<ProduceOptions> = {}) {
  const entries: Entry[] = [];
  const { queue, taken } = createQueue(capacity);
  const stop = new AbortController();
  const producing = produce({
    queue,
    plan: createPlan({ seed: 7, failureRates: FAILURE_RATES, hang: 0 }),
    ledger: new Ledger([(entry) => entries.push(entry)]),
    jobs: 30,
    forever: false,
    speed: 1e6,
    stop: stop.signal,
    ...options,
  });
  return { entries, taken, stop, producing };
}

const count = (entries: readonly Entry[], fact: Entry['fact']): number =>
  entries.filter((entry) => entry.fact === fact).length;

describe('produce', () => {
  test('produce() - tells the id that the plan gives an accepted job, and the one that the engine gives it', async () => {
    const told: string[][] = [];
    const enqueue = (job: NewJob) =>
      Promise.resolve({ accepted: true, runnableAt: 1, id: `engine-${job.id}` } as const);
    const { producing } = setUp(0, {
      queue: { enqueue },
      jobs: 2,
      accepted: (planned, id) => told.push([planned, id]),
    });
    await producing;
    expect(told).toEqual([
      ['job_7_0', 'engine-job_7_0'],
      ['job_7_1', 'engine-job_7_1'],
    ]);
  });

  test('produce() - offers so many jobs, and writes what the queue said of each', async () => {
    const { entries, taken, producing } = setUp(25);
    await producing;
    expect(count(entries, 'accepted')).toBe(25);
    expect(count(entries, 'rejected')).toBe(5);
    expect(taken.map(({ id }) => id)).toEqual(Array.from({ length: 25 }, (_, n) => `job_7_${n}`));
    expect(entries[0]).toMatchObject({
      fact: 'accepted',
      runnable_at: 1234.5,
      max_attempts: 3,
      priority: taken[0]?.priority,
    });
    expect(entries.at(-1)).toMatchObject({ fact: 'rejected', reason: 'queue_full', job: 'job_7_29' });
  });

  test('produce() - withdraws the last job that the burst found room for, and no other', async () => {
    const { entries, taken, producing } = setUp(25);
    await producing;
    expect(entries.filter(({ fact }) => fact === 'cancelled').map(({ job }) => job)).toEqual(['job_7_24']);
    expect(taken.filter(({ signal }) => signal?.aborted).map(({ id }) => id)).toEqual(['job_7_24']);
  });

  test('produce() - withdraws none where the burst itself found no room', async () => {
    const { entries, producing } = setUp(5);
    await producing;
    expect(count(entries, 'rejected')).toBe(25);
    expect(count(entries, 'cancelled')).toBe(0);
  });

  test('produce() - goes on for ever, until it is stopped', async () => {
    const { entries, stop, producing } = setUp(200, { forever: true });
    await vi.waitUntil(() => entries.length > 300);
    stop.abort();
    await producing;
    const { length } = entries;
    expect(count(entries, 'accepted')).toBe(200);
    await new Promise(setImmediate);
    expect(entries).toHaveLength(length);
  });

  describe('on an engine that refuses nothing', () => {
    function setUpEngine(hasBegun: (id: string) => boolean, options: Partial<ProduceOptions> = {}) {
      const taken: NewJob[] = [];
      let atOnce = 0;
      let most = 0;
      const queue: Taker = {
        unbounded: true,
        enqueue: async (job) => {
          taken.push(job);
          most = Math.max(most, ++atOnce);
          await new Promise(setImmediate);
          atOnce--;
          return { accepted: true, runnableAt: 1, withdraw: async () => !hasBegun(job.id) };
        },
      };
      const { entries, stop, producing } = setUp(0, { queue, jobs: 60, ...options });
      return { entries, taken, stop, producing, most: () => most };
    }

    const cancelled = (entries: readonly Entry[]): string[] =>
      entries.filter(({ fact }) => fact === 'cancelled').map(({ job }) => job);

    test('produce() - offers each job once, and the thirty of the burst at once', async () => {
      const { entries, taken, producing, most } = setUpEngine(() => false);
      await producing;
      expect(taken.map(({ id }) => id)).toEqual(Array.from({ length: 60 }, (_, n) => `job_7_${n}`));
      expect(count(entries, 'accepted')).toBe(60);
      expect(most()).toBe(30);
    });

    test('produce() - withdraws the job of the burst that would wait longest, and no other', async () => {
      const { entries, taken, producing } = setUpEngine(() => false);
      await producing;
      const least = Math.min(...taken.slice(10, 40).map(({ priority = 0 }) => priority));
      const [id, ...more] = cancelled(entries);
      expect(taken.slice(10, 40).find((job) => job.id === id)?.priority).toBe(least);
      expect(more).toEqual([]);
    });

    test('produce() - what has begun can not be withdrawn: another is', async () => {
      const { entries, producing } = setUpEngine((id) => id !== 'job_7_25');
      await producing;
      expect(cancelled(entries)).toEqual(['job_7_25']);
    });

    test('produce() - where all have begun none is withdrawn', async () => {
      const { entries, producing } = setUpEngine(() => true);
      await producing;
      expect(cancelled(entries)).toEqual([]);
    });

    test('produce() - a burst is no longer than the jobs that are left', async () => {
      const { taken, producing } = setUpEngine(() => false, { jobs: 25 });
      await producing;
      expect(taken).toHaveLength(25);
    });
  });

  describe('with a clock of its own', () => {
    beforeEach(() => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'performance'] });
    });
    afterEach(() => {
      vi.useRealTimers();
    });

    test('produce() - stops in the middle of a pause', async () => {
      const { entries, stop, producing } = setUp(25, { speed: 1e-6 });
      expect(entries).toHaveLength(1);
      stop.abort();
      await producing;
      expect(entries).toHaveLength(1);
    });
  });
});
