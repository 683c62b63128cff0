import { describe, expect, test, vi } from 'vitest';
import type { BatchFunction, BatchResult } from '../../../src/sinks/index.js';
import { circuitBreaker, fallback, retrying } from '../../../src/sinks/index.js';
import { callOf, numbered, revoked } from '../../delivery/helpers.js';
import { noUnhandledRejections } from '../../promises/rejections.js';

noUnhandledRejections();

const BOTH_FAILED: BatchResult = [{ failed: new Error('first') }, { failed: new Error('second') }];
const ONE_FAILED: BatchResult = [undefined, { failed: new Error('second') }];
const TWICE = { attempts: 2, delayMillis: 1 };

/** A function of batches with so many answers, the last one for ever. */
const answering = (...answers: BatchResult[]) =>
  vi.fn(async (): Promise<BatchResult> => (answers.length > 1 ? answers.shift() : answers[0]));
const give = async (fn: BatchFunction): Promise<BatchResult> => fn(numbered(2), callOf());

describe('a list of outcomes', () => {
  test('retrying() - tries again a batch that has failed as a whole', async () => {
    const fn = answering(BOTH_FAILED, undefined);
    expect(await give(retrying(fn, TWICE))).toBeUndefined();
    expect(fn).toHaveBeenCalledTimes(2);
    const never = answering(BOTH_FAILED);
    await expect(give(retrying(never, { ...TWICE, attempts: 3 }))).rejects.toThrow('first');
    expect(never).toHaveBeenCalledTimes(3);
  });

  test('circuitBreaker() - counts a batch that has failed as a whole', async () => {
    const fn = circuitBreaker(answering(BOTH_FAILED), { failures: 1 });
    await expect(give(fn)).rejects.toThrow('first');
    expect(await give(fn)).toEqual({ dropped: 'circuit_open' });
    const sync = circuitBreaker(() => BOTH_FAILED, { failures: 1 });
    await expect(give(sync)).rejects.toThrow('first');
    expect(await give(sync)).toEqual({ dropped: 'circuit_open' });
  });

  test('fallback() - gives on a batch that has failed as a whole, and fails where the other does so too', async () => {
    const other = answering(undefined);
    expect(await give(fallback(answering(BOTH_FAILED), other))).toBeUndefined();
    expect(other).toHaveBeenCalledTimes(1);
    await expect(give(fallback(answering(BOTH_FAILED), answering(BOTH_FAILED)))).rejects.toThrow(
      'first; its fallback: first',
    );
  });

  test('retrying(), circuitBreaker() and fallback() - leave a list as it is in which some have not failed', async () => {
    const fn = answering(ONE_FAILED);
    const other = answering(undefined);
    const breaker = circuitBreaker(retrying(fallback(fn, other), TWICE), { failures: 1 });
    expect(await give(breaker)).toBe(ONE_FAILED);
    expect(await give(breaker)).toBe(ONE_FAILED);
    expect(fn).toHaveBeenCalledTimes(2);
    expect(other).not.toHaveBeenCalled();
  });

  test('retrying() - leaves an empty list, and one that can not be looked at, to whoever counts it', async () => {
    const fn = retrying(() => [], TWICE);
    expect(await fn([], callOf())).toEqual([]);
    const hostile = [revoked()] as never;
    const looked: BatchFunction = () => hostile;
    const answer = retrying(looked, TWICE)([], callOf());
    expect(answer === hostile).toBe(true);
  });
});
