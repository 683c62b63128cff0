import { describe, expect, test } from 'vitest';
import { afterFailure } from '../../../examples/job-queue/queue/after-failure.js';
import type { Failure } from '../../../examples/job-queue/queue/execution.js';
import type { Job } from '../../../examples/job-queue/queue/job.js';
import { NotRetryable } from '../../../examples/job-queue/queue/processor.js';

const FAILED: Failure = { kind: 'failed', error: new Error('no') };
const TIMED_OUT: Failure = { kind: 'timed_out' };

/** What follows the given attempt of a job that may have three. */
function follows(
  attempts: number,
  failure: Failure,
  queue: Partial<Parameters<typeof afterFailure>[2]> = {},
) {
  const job = { attempts, info: { maxAttempts: 3 } } as Job;
  return afterFailure(job, failure, { closed: false, backoffMillis: (n) => n * 100, ...queue });
}

describe('afterFailure()', () => {
  test('afterFailure() - is a retry after the backoff of that attempt', () => {
    expect(follows(1, FAILED)).toEqual({ retry: true, delayMillis: 100 });
    expect(follows(2, TIMED_OUT)).toEqual({ retry: true, delayMillis: 200 });
  });

  test.each<[string, Failure, string]>([
    ['a failure', FAILED, 'max_attempts'],
    ['a timeout', TIMED_OUT, 'timeout'],
    ['what cannot be retried', { kind: 'failed', error: new NotRetryable('no') }, 'not_retryable'],
    ['a cancelling', { kind: 'cancelled', reason: undefined }, 'cancelled'],
    ['a loss', { kind: 'lost' }, 'shutdown'],
  ])('afterFailure() - is the end after %s of the last attempt', (_, failure, reason) => {
    expect(follows(3, failure)).toEqual({ retry: false, reason });
  });

  test.each<[string, Failure, string]>([
    ['a failure', FAILED, 'shutdown'],
    ['a timeout', TIMED_OUT, 'shutdown'],
    ['what cannot be retried', { kind: 'failed', error: new NotRetryable('no') }, 'not_retryable'],
    ['a cancelling', { kind: 'cancelled', reason: undefined }, 'cancelled'],
  ])('afterFailure() - is the end after %s once the queue is closed', (_, failure, reason) => {
    expect(follows(1, failure, { closed: true })).toEqual({ retry: false, reason });
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
    ['gives NaN', () => Number.NaN],
    ['gives a negative delay', () => -1],
    ['never comes', () => Number.POSITIVE_INFINITY],
    ['gives no number', () => 'soon' as unknown as number],
  ])('afterFailure() - takes the default for a backoff that %s', (_, backoffMillis) => {
    expect(follows(2, FAILED, { backoffMillis })).toEqual({ retry: true, delayMillis: 4000 });
  });

  test('afterFailure() - is not upset by a thrown value that throws when it is looked at', () => {
    const hostile = new Proxy(
      {},
      {
        getPrototypeOf: () => {
          throw new Error('no');
        },
      },
    );
    expect(follows(1, { kind: 'failed', error: hostile })).toEqual({ retry: true, delayMillis: 100 });
  });
});
