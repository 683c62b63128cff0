import { describe, expect, test } from 'vitest';
import type { NewJob } from '../../../examples/job-queue/queue/new-job.js';
import { readNewJob } from '../../../examples/job-queue/queue/new-job.js';

const GOOD: NewJob = { id: 'job-1', type: 'email', payload: { to: 'ada' } };

/** What is wrong with a job, as its message. */
function problemOf(change: Record<string, unknown>): string {
  const read = readNewJob({ ...GOOD, ...change } as NewJob, 0);
  return read.valid ? 'nothing' : String((read.problem as Error).message);
}

describe('readNewJob()', () => {
  test('readNewJob() - fills in the defaults', () => {
    expect(readNewJob(GOOD, 0)).toEqual({
      valid: true,
      info: { id: 'job-1', type: 'email', priority: 0, maxAttempts: 3 },
      delayMillis: 0,
      signal: undefined,
      payload: { to: 'ada' },
    });
  });

  test('readNewJob() - keeps a copy of the payload', () => {
    const payload = { to: 'ada' };
    const read = readNewJob({ ...GOOD, payload }, 0);
    payload.to = 'someone else';
    expect(read).toMatchObject({ payload: { to: 'ada' } });
  });

  test.each([
    ['an empty id', { id: '' }, 'the id of a job is a text that is not empty'],
    ['an id that is no text', { id: 7 }, 'the id of a job is a text that is not empty'],
    ['an empty type', { type: '' }, 'the type of a job is a text that is not empty'],
    ['a fractional priority', { priority: 1.5 }, 'the priority of a job is an integer'],
    ['a priority of NaN', { priority: Number.NaN }, 'the priority of a job is an integer'],
    ['no attempts', { maxAttempts: 0 }, 'maxAttempts of a job is a positive integer'],
    ['a negative delay', { delayMillis: -1 }, 'delayMillis of a job is a number of milliseconds, 0 or more'],
    [
      'a delay of NaN',
      { delayMillis: Number.NaN },
      'delayMillis of a job is a number of milliseconds, 0 or more',
    ],
    [
      'an endless delay',
      { delayMillis: Number.POSITIVE_INFINITY },
      'delayMillis of a job is a number of milliseconds, 0 or more',
    ],
    ['a signal that is none', { signal: {} }, 'the signal of a job is an AbortSignal'],
    ['a payload with a function', { payload: () => 1 }, '() => 1 could not be cloned.'],
  ])('readNewJob() - finds %s', (_, change, problem) => {
    expect(problemOf(change)).toBe(problem);
  });

  test('readNewJob() - keeps what could be read of a job that is none', () => {
    expect(readNewJob({ ...GOOD, priority: Number.NaN, maxAttempts: 2 }, 0).info).toEqual({
      id: 'job-1',
      type: 'email',
      priority: undefined,
      maxAttempts: 2,
    });
  });

  test.each([
    ['nothing', undefined],
    ['null', null],
    [
      'a getter that throws undefined',
      Object.defineProperty({}, 'id', {
        get: () => {
          throw undefined;
        },
      }),
    ],
    [
      'a revoked proxy',
      (() => {
        const { proxy, revoke } = Proxy.revocable({}, {});
        revoke();
        return proxy;
      })(),
    ],
    [
      'a payload whose getter throws',
      {
        ...GOOD,
        payload: Object.defineProperty({}, 'x', {
          enumerable: true,
          get: () => {
            throw undefined;
          },
        }),
      },
    ],
  ])('readNewJob() - does not throw on %s', (_, given) => {
    expect(readNewJob(given as unknown as NewJob, 0).valid).toBe(false);
  });
});
