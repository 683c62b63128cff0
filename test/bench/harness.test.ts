import { describe, expect, test } from 'vitest';
import { inSpans } from '../../bench/cases/signals.js';
import type { Case } from '../../bench/harness.js';
import { allocatedBy, comparedCosts, costsOf, overRounds, summarise } from '../../bench/harness.js';
import { rise, slope } from '../../bench/rows/curve-row.js';
import { joined } from '../../bench/run/take.js';
import { spreadOf } from '../../bench/spread.js';

/** Notes what is done with it; a call takes some CPU, so that rounds end. */
function noted(name: string, did: string[]): Case {
  return {
    name,
    run: () => {
      if (did.at(-1) !== name) did.push(name);
      for (const until = process.hrtime.bigint() + 1_000_000n; process.hrtime.bigint() < until; );
    },
    rest: async () => void did.push(`${name} rests`),
    between: async () => void did.push(`${name} is over`),
  };
}

describe('the harness', () => {
  test('costsOf() - has each case once a round, in rotating order, and ends each round with its rest', async () => {
    const did: string[] = [];
    const costs = await costsOf([noted('a', did), noted('b', did)], 2, 1);
    expect(costs.map((of) => of.length)).toEqual([2, 2]);
    const [a, b] = ['a', 'b'].map((name) => [name, `${name} rests`, `${name} is over`]);
    expect(did.slice(-12)).toEqual([a, b, b, a].flat());
  });

  test('comparedCosts() - gives the cases short turns in rotating order, and ends each round with the rest of each', async () => {
    const did: string[] = [];
    const costs = await comparedCosts([noted('a', did), noted('b', did)], 2, 21);
    expect(costs.map((of) => of.length)).toEqual([2, 2]);
    const rests = ['a rests', 'a is over', 'b rests', 'b is over'];
    // The last turn of one pass and the first of the next are of the same case.
    expect(did.slice(-14)).toEqual([...['a', 'b', 'a', ...rests], ...['b', 'a', 'b', ...rests]]);
  }, 30_000);

  test('comparedCosts() - the rest of a case is part of what its operations cost', async () => {
    const spin = (millis: number): void => {
      for (const until = process.hrtime.bigint() + BigInt(millis * 1e6); process.hrtime.bigint() < until; );
    };
    const light: Case = { name: 'light', block: 1, run: () => spin(1) };
    const [alone = [], rested = []] = await comparedCosts(
      [light, { ...light, name: 'with a rest', rest: async () => spin(20) }],
      5,
      2,
    );
    // Some operations of a millisecond, and twenty milliseconds more. In the least of the rounds the process did nothing else.
    expect(Math.min(...rested)).toBeGreaterThan(2 * Math.min(...alone));
  }, 30_000);

  test('inSpans() - refuses to measure emits in spans that no SDK records', () => {
    expect(() => inSpans(1, () => {})).toThrow('Emits are measured in recording spans');
  });

  test('joined() - puts the rounds of all processes together, case by case', () => {
    const names = ['theirs', 'ours'];
    expect(
      joined([
        {
          names,
          costs: [
            [1, 2],
            [3, 4],
          ],
        },
        { names, costs: [[5], [6]] },
      ]),
    ).toEqual({
      names,
      costs: [
        [1, 2, 5],
        [3, 4, 6],
      ],
    });
  });

  test('summarise() - compares only what was measured in the same round', () => {
    // Rounds of a machine that gets slower: the ratio is two in each of them.
    const [, twice] = summarise(
      ['a', 'b'],
      [
        [1, 10, 100],
        [2, 20, 200],
      ],
    );
    expect(twice).toEqual({ name: 'b', cost: 20, ratio: 2, low: 2, high: 2 });
  });

  test('spreadOf() - is the median, with the 10th and 90th percentile', () => {
    expect(spreadOf(Array.from({ length: 11 }, (_, i) => 10 - i))).toEqual({ value: 5, low: 1, high: 9 });
  });

  test('overRounds() - gives the figure of each round, not that of medians', () => {
    const { value } = overRounds(
      [
        [1, 4, 2],
        [3, 8, 2],
      ],
      ([a, b]) => (b ?? 0) - (a ?? 0),
    );
    expect(value).toBe(2);
  });

  test('rise() - is the dearest point by the first, wherever it is', () => {
    expect(rise([2, 5, 3])).toBe(2.5);
  });

  test('slope() - is what one more costs between two points', () => {
    expect(slope([10, 40, 310], [1, 10, 100], 1, 2)).toBe(3);
    expect(slope([10, 40, 310], [1, 10, 100], 0, -1)).toBe(300 / 99);
  });

  test('allocatedBy() - counts nothing where garbage can not be collected first', async () => {
    await expect(allocatedBy({ name: 'x', run: () => {} })).rejects.toThrow('--expose-gc');
  });
});
