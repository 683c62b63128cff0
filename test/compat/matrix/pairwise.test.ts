import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Combination } from './pairwise.js';
import { combinations, pairsOf, pairwise } from './pairwise.js';

const dimensions = fc
  .array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 4 })
  .map((sizes) =>
    Object.fromEntries(
      sizes.map((size, at) => [`d${at}`, Array.from({ length: size }, (_, value) => `v${value}`)]),
    ),
  );

/** Some of all combinations, at least one. */
const some = dimensions.chain((dims) => {
  const all: Combination[] = combinations(dims);
  return fc.subarray(all, { minLength: 1 });
});

const pairsIn = (chosen: readonly Combination[]): string[] => [...new Set(chosen.flatMap(pairsOf))].sort();

describe('pairwise()', () => {
  test('combinations() - are all, each once', () => {
    expect(combinations({ a: ['1', '2'], b: ['x', 'y'] })).toEqual([
      { a: '1', b: 'x' },
      { a: '1', b: 'y' },
      { a: '2', b: 'x' },
      { a: '2', b: 'y' },
    ]);
  });

  test('pairwise() - has every pair that any combination has, and chooses of these combinations alone', () => {
    fc.assert(
      fc.property(some, (all) => {
        const chosen = pairwise(all);
        expect(pairsIn(chosen)).toEqual(pairsIn(all));
        for (const one of chosen) expect(all).toContain(one);
      }),
    );
  });

  test('pairwise() - has a combination for each seed, and every pair beside', () => {
    fc.assert(
      fc.property(some, (all) => {
        const seeds = [...new Set(all.map(({ d0 }) => d0))].map((d0) => ({ d0 }));
        const chosen = pairwise(all, seeds as Partial<Combination>[]);
        expect(chosen.slice(0, seeds.length).map(({ d0 }) => ({ d0 }))).toEqual(seeds);
        expect(pairsIn(chosen)).toEqual(pairsIn(all));
      }),
    );
  });

  test('pairwise() - chooses the same each time, and fewer than all where there are many', () => {
    const all = combinations({
      a: ['1', '2', '3'],
      b: ['1', '2', '3'],
      c: ['1', '2', '3'],
      d: ['1', '2', '3'],
    });
    expect(pairwise(all)).toEqual(pairwise(all));
    expect(pairwise(all).length).toBeLessThanOrEqual(15);
  });

  test('pairwise() - refuses a seed that no combination has', () => {
    expect(() => pairwise([{ a: '1', b: '1' }], [{ a: '2' }])).toThrow('no combination has {"a":"2"}');
  });
});
