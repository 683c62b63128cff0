import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { SignalboxError } from '../../../src/signal/signalbox-error.js';
import { sampled } from '../../../src/sinks/modifiers/sampled.js';
import { callOf, emissionOf, numbered } from '../../delivery/helpers.js';

describe('sampled()', () => {
  test('sampled() - lets the ratio through, give or take one, at any time and for any ratio', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 2_000 }),
        (ratio, n) => {
          let passed = 0;
          const sink = sampled(() => void passed++, { ratio });
          const emission = emissionOf();
          for (let i = 1; i <= n; i++) {
            const answer = sink(emission, callOf());
            expect(answer).toEqual(answer === undefined ? undefined : { dropped: 'sampled' });
            expect(Math.abs(passed - i * ratio)).toBeLessThanOrEqual(1 + 1e-9);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  test('sampled() - with ratio 0 drops all, with ratio 1 none', () => {
    const sink = vi.fn();
    const none = sampled(sink, { ratio: 0 });
    const all = sampled(sink, { ratio: 1 });
    for (const emission of numbered(100)) none(emission, callOf());
    expect(sink).not.toHaveBeenCalled();
    for (const emission of numbered(100)) all(emission, callOf());
    expect(sink).toHaveBeenCalledTimes(100);
  });

  test('sampled() - is not led by a pattern: of starts and ends in turn it takes both', () => {
    const seen = { starts: 0, ends: 0 };
    const half = sampled(({ message }) => void seen[Number(message) % 2 === 0 ? 'starts' : 'ends']++, {
      ratio: 0.5,
    });
    for (const emission of numbered(1_000)) half(emission, callOf());
    expect(seen.starts + seen.ends).toBe(500);
    // Beyond 5 standard deviations on either side: it fails once in some millions of runs.
    expect(Math.min(seen.starts, seen.ends)).toBeGreaterThan(190);
  });

  test.each([-0.1, 1.1, Number.NaN, undefined, '0.5'])('sampled() - refuses the ratio %o', (ratio) => {
    expect(() => sampled(() => {}, { ratio: ratio as number })).toThrow(SignalboxError);
    expect(() => sampled(() => {}, { ratio: ratio as number })).toThrow(
      /`ratio` is .+\. Give a number from 0 to 1\./,
    );
  });
});
