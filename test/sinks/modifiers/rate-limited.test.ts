import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SignalboxError } from '../../../src/signal/signalbox-error.js';
import type { RateLimitedOptions } from '../../../src/sinks/modifiers/rate-limited.js';
import { rateLimited } from '../../../src/sinks/modifiers/rate-limited.js';
import { callOf, emissionOf, waiting } from '../../delivery/helpers.js';

describe('rateLimited()', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** How many of `n` pass now. */
  function passing(sink: ReturnType<typeof rateLimited>, n: number): number {
    const answers = Array.from({ length: n }, () => sink(emissionOf(), callOf()));
    for (const answer of answers) expect([undefined, { dropped: 'rate_limited' }]).toContainEqual(answer);
    return answers.filter((answer) => answer === undefined).length;
  }

  test('rateLimited() - lets a burst through, then as many as the rate gives', () => {
    const sink = rateLimited(() => {}, { perSecond: 2, burst: 5 });
    expect(passing(sink, 10)).toBe(5);
    vi.advanceTimersByTime(499);
    expect(passing(sink, 10)).toBe(0);
    vi.advanceTimersByTime(1);
    expect(passing(sink, 10)).toBe(1);
    vi.advanceTimersByTime(1_000);
    expect(passing(sink, 10)).toBe(2);
    vi.advanceTimersByTime(3_600_000);
    expect(passing(sink, 10)).toBe(5);
  });

  test('rateLimited() - lets the rate through in the long run', () => {
    const sink = rateLimited(() => {}, { perSecond: 10, burst: 1 });
    let passed = 0;
    for (let i = 0; i < 1_000; i++) {
      passed += passing(sink, 1);
      vi.advanceTimersByTime(37);
    }
    // In 37 seconds at 10 a second; what is not asked for while the bucket is full is lost.
    expect(passed).toBeGreaterThan(300);
    expect(passed).toBeLessThanOrEqual(371);
  });

  test('rateLimited() - counts when a call begins, whether or not others have ended', async () => {
    const answers: ReturnType<typeof waiting>[] = [];
    const sink = rateLimited(
      () => {
        const mine = waiting();
        answers.push(mine);
        return mine.promise;
      },
      { perSecond: 1, burst: 2 },
    );
    const begin = (): void => void sink(emissionOf(), callOf());
    for (let i = 0; i < 4; i++) begin();
    expect(answers).toHaveLength(2);
    for (const { resolve } of answers) resolve(undefined);
    begin();
    expect(answers).toHaveLength(2);
    vi.advanceTimersByTime(1_000);
    begin();
    begin();
    expect(answers).toHaveLength(3);
  });

  test('rateLimited() - has the rate as its burst by default, and at least 1', () => {
    expect(
      passing(
        rateLimited(() => {}, { perSecond: 3 }),
        10,
      ),
    ).toBe(3);
    const slow = rateLimited(() => {}, { perSecond: 0.1 });
    expect(passing(slow, 10)).toBe(1);
    vi.advanceTimersByTime(10_000);
    expect(passing(slow, 10)).toBe(1);
  });

  test.each<[Partial<RateLimitedOptions>, string]>([
    [{}, 'rateLimited: `perSecond` is undefined. Give a number above 0'],
    [{ perSecond: 0 }, 'rateLimited: `perSecond` is 0.'],
    [{ perSecond: Number.POSITIVE_INFINITY }, 'rateLimited: `perSecond` is Infinity.'],
    [{ perSecond: 1, burst: 0 }, 'rateLimited: `burst` is 0. Give a whole number from 1.'],
  ])('rateLimited() - refuses %o', (options, message) => {
    expect(() => rateLimited(() => {}, options as RateLimitedOptions)).toThrow(SignalboxError);
    expect(() => rateLimited(() => {}, options as RateLimitedOptions)).toThrow(message);
  });
});
