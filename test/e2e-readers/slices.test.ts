import { describe, expect, test } from 'vitest';
import type { Slice } from '../e2e/read/slices.js';
import { readSlices } from '../e2e/read/slices.js';

const LIMIT = 10;

/** An API that answers with the first ten of what lies in the slice. */
function api(moments: readonly bigint[]): (slice: Slice) => Promise<bigint[]> {
  return async ({ from, to }) => moments.filter((at) => from <= at && at < to).slice(0, LIMIT);
}

describe('readSlices', () => {
  test('readSlices() - reads everything, each once and in order, however it lies', async () => {
    const even = Array.from({ length: 1000 }, (_, i) => BigInt(i) * 7n);
    const burst = Array.from({ length: 300 }, (_, i) => 5000n + BigInt(i));
    const moments = [...even, ...burst].sort((a, b) => Number(a - b));
    expect(await readSlices({ from: 0n, to: 7001n }, LIMIT, api(moments))).toEqual(moments);
  });

  test('readSlices() - asks once where the answer is not full', async () => {
    const asked: Slice[] = [];
    const read = api([1n, 2n]);
    await readSlices({ from: 0n, to: 100n }, LIMIT, (slice) => {
      asked.push(slice);
      return read(slice);
    });
    expect(asked).toEqual([{ from: 0n, to: 100n }]);
  });

  test('readSlices() - says where a single moment holds more than an answer can', async () => {
    const moments = Array.from({ length: 10 }, () => 42n);
    await expect(readSlices({ from: 0n, to: 100n }, LIMIT, api(moments))).rejects.toThrow(
      'more than 9 items at the moment 42',
    );
  });
});
