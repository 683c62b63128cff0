import { AsyncResource } from 'node:async_hooks';
import { createSignalbox } from 'signalbox';
import { createJobs } from 'signalbox/jobs';
import { describe, expect, test } from 'vitest';
import { Delayed } from '../../../examples/job-queue/queue/delayed.js';
import { Heap } from '../../../examples/job-queue/queue/heap.js';
import { JobQueue } from '../../../examples/job-queue/queue/index.js';
import type { Job } from '../../../examples/job-queue/queue/job.js';
import { Line } from '../../../examples/job-queue/queue/line.js';

const JOBS = 100_000;

/** Looks at one job that log2(n) levels allow, with both children looked at on the way down, in and out. */
const LOOKS_PER_JOB = 3 * 2 * 2 * Math.ceil(Math.log2(JOBS));

const context = new AsyncResource('Job');

let looks = 0;

/** A job that counts how often what has to do with its order is looked at. */
class CountedJob implements Job {
  readonly #n: number;
  readonly info: Job['info'];
  readonly payload = undefined;
  readonly carrier = {};
  readonly context = context;
  readonly unlisten = (): void => {};
  readonly firstRunnableAt = 0;
  readonly attempts = 0;
  readonly previous = undefined;
  readonly lastError = undefined;
  readonly running = undefined;

  constructor(n: number) {
    this.#n = (n * 7919) % JOBS;
    this.info = new CountedInfo(this.#n % 10);
  }

  get sequence(): number {
    looks++;
    return this.#n;
  }

  get runnableAt(): number {
    looks++;
    return this.#n;
  }
}

class CountedInfo {
  readonly id = 'job';
  readonly type = 'work';
  readonly maxAttempts = 1;
  readonly #priority: number;

  constructor(priority: number) {
    this.#priority = priority;
  }

  get priority(): number {
    looks++;
    return this.#priority;
  }
}

describe('22. 100,000 queued jobs: enqueue and dequeue are O(log n)', () => {
  test('by comparisons of the heap', () => {
    let comparisons = 0;
    const heap = new Heap<{ rank: number }>((a, b) => {
      comparisons++;
      return a.rank < b.rank;
    });
    let most = 0;
    const counted = (step: () => void): void => {
      const before = comparisons;
      step();
      most = Math.max(most, comparisons - before);
    };
    for (let n = 0; n < JOBS; n++) counted(() => heap.add({ rank: JOBS - n }));
    for (let n = 0; n < JOBS; n++) counted(() => heap.take());
    expect(most).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(JOBS)) + 1);
    expect(heap.size).toBe(0);
  });

  test.each([
    ['off', Number.POSITIVE_INFINITY],
    ['on', 50],
  ])('by looks at the jobs in the line, with ageing %s', (_, ageing) => {
    looks = 0;
    const line = new Line(ageing);
    for (let n = 0; n < JOBS; n++) line.add(new CountedJob(n));
    while (line.take() !== undefined);
    expect(looks / JOBS).toBeLessThan(LOOKS_PER_JOB);
  });

  test('by looks at the delayed jobs', () => {
    looks = 0;
    const delayed = new Delayed(() => {});
    for (let n = 0; n < JOBS; n++) delayed.add(new CountedJob(n));
    while (delayed.takeDue(JOBS) !== undefined);
    expect(looks / JOBS).toBeLessThan(LOOKS_PER_JOB);
  });

  test('and all of them come to their end, in order', async () => {
    const box = createSignalbox({ routes: [] });
    const telemetry = createJobs(box).queue('jobs', { capacity: JOBS });
    const queue = new JobQueue({ telemetry, capacity: JOBS, workers: 8 });
    let last = Number.POSITIVE_INFINITY;
    let disorder = 0;
    queue.register({
      type: 'work',
      process: ({ priority }) => {
        if (priority > last) disorder++;
        last = priority;
      },
    });
    for (let n = 0; n < JOBS; n++)
      queue.enqueue({ id: `job-${n}`, type: 'work', payload: null, priority: n % 10 });
    expect(queue.enqueue({ id: 'one-too-many', type: 'work', payload: null }).accepted).toBe(false);
    queue.start();
    await queue.idle();
    expect(disorder).toBe(0);
    expect(queue.counts()).toEqual({
      accepted: JOBS,
      completed: JOBS,
      abandoned: 0,
      waiting: 0,
      delayed: 0,
      active: 0,
    });
    await queue.shutdown();
  });
});
