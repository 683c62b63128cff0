import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { secondsText, shortDuration } from '../../src/sinks/duration.js';

describe('secondsText()', () => {
  test.each([
    [1_200, '1.2s'],
    [83, '0.083s'],
    [1_000, '1s'],
    [100_000, '100s'],
    [0, '0s'],
    [1_234.5678, '1.235s'],
    [999.9996, '1s'],
    [1, '0.001s'],
    [0.4, '0.0004s'],
    [0.0306, '0.000031s'],
    [0.0004, '0.0000004s'],
    [-0, '0s'],
    [-1_500, '-1.5s'],
    [-1e-9, '0s'],
    [3_600_000, '3600s'],
    [1e30, '1e+27s'],
    [1.5e33, '1.5e+30s'],
  ])('secondsText() - writes %d ms as %s', (millis, text) => {
    expect(secondsText(millis)).toBe(text);
  });

  test('secondsText() - is a number of seconds that is right to half a millisecond, with no needless zero', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e12, max: 1e12, noNaN: true }), (millis) => {
        const text = secondsText(millis);
        expect(text).toMatch(/^-?\d+(\.\d*[1-9])?s$/);
        expect(Math.abs(Number(text.slice(0, -1)) - millis / 1000)).toBeLessThanOrEqual(0.000_501);
      }),
    );
  });
});

describe('shortDuration()', () => {
  test.each([
    [0, '0ms'],
    [0.25, '0.25ms'],
    [0.001, '0ms'],
    [9.999, '10ms'],
    [38.2, '38ms'],
    [999.4, '999ms'],
    [999.6, '1s'],
    [1_243, '1.24s'],
    [59_994, '59.99s'],
    [59_996, '1m00s'],
    [123_456, '2m03s'],
    [3_599_600, '1h00m'],
    [3_900_000, '1h05m'],
    [-65_000, '-1m05s'],
  ])('shortDuration() - writes %d ms as %s', (millis, text) => {
    expect(shortDuration(millis)).toBe(text);
  });
});
