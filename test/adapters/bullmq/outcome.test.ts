import { DelayedError, UnrecoverableError, WaitingChildrenError, WaitingError } from 'bullmq';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { meansTaken } from '../../../src/adapters/bullmq/lost-lock.js';
import { deferralOf, endWithoutRun, reasonOf } from '../../../src/adapters/bullmq/outcome.js';

function endOf(deferredFailure: string): unknown {
  return endWithoutRun({ deferredFailure, attemptsMade: 3 } as never);
}

describe('endWithoutRun()', () => {
  test('endWithoutRun() - only the whole sentence of BullMQ tells a stall', () => {
    expect(endOf('job stalled more than allowable limit')).toEqual({ reason: 'stalled', attempts: 3 });
  });

  test('endWithoutRun() - whatever a child and its queue are called, its failure is no stall', () => {
    const names = fc.oneof(
      fc.string(),
      fc.constantFrom('stalled', 'stalled-orders', 'job stalled more than allowable limit'),
    );
    fc.assert(
      fc.property(names, names, (queue, id) => {
        expect(endOf(`child bull:${queue}:${id} failed`)).toEqual({ reason: 'parent_failed', attempts: 2 });
      }),
    );
  });

  test('endWithoutRun() - what an app notes itself is neither', () => {
    expect(endOf('orders stalled')).toEqual({ reason: 'not_retryable', attempts: 2 });
  });
});

describe('meansTaken()', () => {
  const error = (code: unknown, message: string): Error => Object.assign(new Error(message), { code });

  test.each([
    [-1, 'Missing key for job 7. moveToFinished'],
    [-2, 'Missing lock for job 7. moveToDelayed'],
    [-3, 'Job 7 is not in the active state. retryJob'],
    [-6, 'Lock mismatch for job 7. Cmd moveToFinished from active'],
  ])('meansTaken() - %i', (code, message) => {
    expect(meansTaken(error(code, message), '7')).toBe(true);
    expect(meansTaken(error(code, message), '77')).toBe(false);
    expect(meansTaken(error(String(code), message), '7')).toBe(false);
    expect(meansTaken(error(code, `app: ${message}`), '7')).toBe(false);
    expect(meansTaken(error(code, `${message}: as the app says`), '7')).toBe(false);
  });

  test('meansTaken() - an id that reads as a sentence names no other job', () => {
    const id = 'x. Missing lock for job 7';
    expect(meansTaken(error(-2, `Missing lock for job ${id}. moveToFinished`), '7')).toBe(false);
    expect(meansTaken(error(-2, `Missing lock for job ${id}. moveToFinished`), id)).toBe(true);
  });
});

describe('errors that put a job back', () => {
  test.each([
    [DelayedError, 'delayed'],
    [WaitingError, 'waiting'],
    [WaitingChildrenError, 'waiting_children'],
  ])("BullMQ's own are: %o", (Base, reason) => {
    expect(deferralOf(new Base())).toBe(reason);
  });

  test('text of the app is none', () => {
    for (const thrown of ['DelayedError', new Error('DelayedError'), undefined, null, 5])
      expect(deferralOf(thrown)).toBeUndefined();
    expect(deferralOf(new Error('bullmq:rateLimitExceeded'))).toBe('rate_limited');
    expect(deferralOf(new Error('it says bullmq:rateLimitExceeded'))).toBeUndefined();
  });

  test('reasonOf() - a class made of UnrecoverableError ends the job for good', () => {
    class Mine extends UnrecoverableError {
      override name = 'Mine';
    }
    const job = { attemptsMade: 1, attemptsStarted: 1, opts: {} };
    const circumstances = { cancelled: false, maxStarts: undefined };
    expect(reasonOf(job, new Mine(), circumstances)).toBe('not_retryable');
    expect(reasonOf(job, new Error('no'), circumstances)).toBe('max_attempts');
  });
});
