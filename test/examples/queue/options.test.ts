import { describe, expect, test } from 'vitest';
import type { JobQueueOptions } from '../../../examples/job-queue/queue/options.js';
import { readOptions } from '../../../examples/job-queue/queue/options.js';

/** The options are only read: no telemetry is needed. */
const GOOD = { capacity: 10, workers: 3 } as JobQueueOptions;

describe('readOptions()', () => {
  test('readOptions() - backs off quadratically, has no time limit and no ageing by default', () => {
    const { backoffMillis, timeoutMillis, ageing } = readOptions(GOOD);
    expect([1, 2, 3].map(backoffMillis)).toEqual([1000, 4000, 9000]);
    expect([timeoutMillis, ageing]).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
  });

  test.each([
    [{ capacity: 0 }, 'capacity of a job queue is 0; give a positive integer'],
    [{ capacity: -1 }, 'capacity of a job queue is -1; give a positive integer'],
    [{ capacity: undefined }, 'capacity of a job queue is of type undefined; give a positive integer'],
    [{ workers: -1 }, 'workers of a job queue is -1; give an integer, 0 or more'],
    [{ workers: 1.5 }, 'workers of a job queue is 1.5; give an integer, 0 or more'],
    [{ backoffMillis: 1000 }, 'backoffMillis of a job queue is 1000; give a function of the failed attempt'],
    [{ timeoutMillis: 0 }, 'timeoutMillis of a job queue is 0; give a positive number of milliseconds'],
    [
      { timeoutMillis: Number.NaN },
      'timeoutMillis of a job queue is NaN; give a positive number of milliseconds',
    ],
    [{ ageing: -1 }, 'ageing of a job queue is -1; give an integer, 0 or more'],
  ])('readOptions() - refuses %o', (change, message) => {
    expect(() => readOptions({ ...GOOD, ...change } as JobQueueOptions)).toThrow(new TypeError(message));
  });

  test('readOptions() - takes no workers at all', () => {
    expect(readOptions({ ...GOOD, workers: 0 }).workers).toBe(0);
  });
});
