import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cut } from '../../src/emission/text.js';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

function heapUsed(): number {
  gc();
  return process.memoryUsage().heapUsed;
}

describe('cut()', () => {
  test('cut() - leaves alone what is not too long', () => {
    expect(cut('', 1)).toBe('');
    expect(cut('abc', 3)).toBe('abc');
    expect(cut('😀', 2)).toBe('😀');
  });

  test('cut() - never leaves half of a surrogate pair', () => {
    expect(cut('ab😀', 3)).toBe('ab');
    expect(cut('ab😀', 2)).toBe('ab');
    expect(cut('ab😀c', 4)).toBe('ab😀');
    expect(cut('😀', 1)).toBe('');
  });

  test('cut() - of any well-formed text is a well-formed beginning of it, as long as can be', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 20 }), (text, limit) => {
        const short = cut(text, limit);
        expect(text.startsWith(short)).toBe(true);
        expect(short.length).toBeLessThanOrEqual(limit);
        expect(short.length).toBeGreaterThanOrEqual(Math.min(text.length, limit - 1));
        expect(encodeURIComponent(short)).toBeTypeOf('string');
      }),
    );
  });

  test('cut() - does not keep in memory what was cut off', () => {
    const kept: string[] = [];
    const before = heapUsed();
    for (let i = 0; i < 64; i++) kept.push(cut(String(i).padEnd(1_000_000, 'x'), 4096));
    expect(heapUsed() - before).toBeLessThan(8_000_000);
    expect(kept).toHaveLength(64);
  });
});
