import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Backlog } from '../../../examples/job-queue/queue/backlog.js';
import { now } from '../../../examples/job-queue/queue/clock.js';
import type { Job } from '../../../examples/job-queue/queue/job.js';
import { useFakeTime, useRealTime } from './fake-time.js';

function createBacklog(): Backlog {
  return new Backlog({ ageing: Number.POSITIVE_INFINITY, due: () => {} });
}

function job(sequence: number, { delayMillis = 0, priority = 0 } = {}): Job {
  return { info: { priority }, sequence, runnableAt: now() + delayMillis } as Job;
}

describe('Backlog', () => {
  beforeEach(useFakeTime);
  afterEach(useRealTime);

  test('waiting, delayed - follow the time, with or without anyone watching', () => {
    const backlog = createBacklog();
    backlog.add(job(0, { delayMillis: 10 }));
    backlog.add(job(1));
    expect([backlog.size, backlog.waiting, backlog.delayed]).toEqual([2, 1, 1]);
    vi.advanceTimersByTime(10);
    expect([backlog.size, backlog.waiting, backlog.delayed]).toEqual([2, 2, 0]);
  });

  test('oldestAgeMillis - is that of the job that has been due for longest, and 0 when none is', () => {
    const backlog = createBacklog();
    expect(backlog.oldestAgeMillis).toBe(0);
    const early = job(0, { delayMillis: 10 });
    backlog.add(early);
    expect(backlog.oldestAgeMillis).toBe(0);
    vi.advanceTimersByTime(30);
    backlog.add(job(1, { priority: 9 }));
    vi.advanceTimersByTime(5);
    expect(backlog.oldestAgeMillis).toBe(25);
    backlog.delete(early);
    expect(backlog.oldestAgeMillis).toBe(5);
  });

  test('watch() - says when a job has become due, not before', () => {
    const due = vi.fn();
    const backlog = new Backlog({ ageing: Number.POSITIVE_INFINITY, due });
    backlog.add(job(0, { delayMillis: 20 }));
    backlog.watch();
    backlog.add(job(1, { delayMillis: 10 }));
    vi.advanceTimersByTime(9);
    expect(due).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(due).toHaveBeenCalledOnce();
  });
});
