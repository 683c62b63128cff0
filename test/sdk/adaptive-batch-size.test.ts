import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Pace } from '../../src/sdk/adaptive-batch-size.js';
import { Bench } from './pipeline-bench.js';

/** Calls an exporter that takes so long for each item, with as many items as it may be given. */
function calls(pace: Pace, millisEach: number, n: number): number[] {
  return Array.from({ length: n }, () => {
    const { size } = pace;
    pace.took(size, size * millisEach);
    return size;
  });
}

describe('Pace', () => {
  test('took() - calls that take too long get fewer items, once there were three in a row', () => {
    expect(calls(new Pace(512), 0.04, 6)).toEqual([512, 512, 512, 100, 100, 100]);
  });

  test('took() - one long call among others, or two, changes nothing', () => {
    const pace = new Pace(512);
    for (const millis of [3, 80, 3, 5, 6, 40, 3, 40, 40]) pace.took(512, millis);
    expect(pace.size).toBe(512);
  });

  test('took() - an exporter that got quicker is given more again, and never more than was allowed', () => {
    const pace = new Pace(512);
    calls(pace, 0.04, 4);
    expect(calls(pace, 0.001, 5)).toEqual([100, 200, 400, 512, 512]);
  });

  test('took() - of an exporter that takes as long for few items as for many batches are as large as before', () => {
    const pace = new Pace(512);
    const sizes = Array.from({ length: 60 }, () => {
      const { size } = pace;
      pace.took(size, 6);
      return size;
    });
    expect(sizes.slice(0, 9)).toEqual([512, 512, 512, 341, 341, 341, 512, 512, 512]);
    // It is tried again seldom: the exporter may have become another.
    expect(sizes.filter((size) => size < 512)).toHaveLength(6);
  });

  test('took() - batches that were not full say nothing of what full ones would take', () => {
    const pace = new Pace(512);
    calls(pace, 0.04, 4);
    for (let i = 0; i < 10; i++) pace.took(3, 0.2);
    expect(pace.size).toBe(100);
  });

  test.each([
    [512, 32],
    [10, 10],
  ])('took() - of %i items at most no batch gets smaller than %i, however long they take', (most, least) => {
    expect(calls(new Pace(most), 100, 8).at(-1)).toBe(least);
  });

  test('took() - whatever calls take, a batch has from one to as many items as were allowed, and an even pace is held', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.array(fc.tuple(fc.integer({ min: 1, max: 5000 }), fc.double({ min: 0, max: 1000, noNaN: true }))),
        fc.double({ min: 0.000_001, max: 0.1, noNaN: true }),
        (most, taken, millisEach) => {
          const pace = new Pace(most);
          for (const [count, millis] of taken) {
            pace.took(Math.min(count, pace.size), millis);
            expect(pace.size).toBeGreaterThanOrEqual(1);
            expect(pace.size).toBeLessThanOrEqual(most);
          }
          const [last, next] = calls(pace, millisEach, 60).slice(-2) as [number, number];
          expect(next).toBe(last);
          expect(last * millisEach <= 5 || last <= 32).toBe(true);
        },
      ),
    );
  });
});

test('a pipeline - that is about to lose something gives as many items at a time as it may', async () => {
  let answer: (() => void) | undefined;
  const bench = new Bench({ size: 200, capacity: 1000, capacityBytes: 100_000 }, (done, items) => {
    const end = performance.now() + items.length * 0.1;
    while (performance.now() < end);
    answer = () => done({ code: 0 });
  });
  const next = async (): Promise<number> => {
    answer?.();
    const { length } = bench.numbers;
    for (let i = 0; i < 1000 && bench.numbers.length === length; i++) await new Promise(setImmediate);
    return bench.numbers.at(-1)?.length ?? 0;
  };
  bench.push(700);
  for (let i = 0; i < 3; i++) expect(await next()).toBe(200);
  expect(await next()).toBeLessThanOrEqual(40);
  bench.push(850 - bench.pipeline.size);
  expect(await next()).toBe(200);
  expect(await next()).toBeLessThanOrEqual(40);
  expect(bench.counts).toMatchObject({ dropped: {} });
});

test('a pipeline - whose exporter takes long to encode gives it fewer items at a time, in order, and all of them', async () => {
  const bench = new Bench({ size: 200, capacity: 2000, capacityBytes: 100_000 }, (done, items) => {
    const end = performance.now() + items.length * 0.1;
    while (performance.now() < end);
    done({ code: 0 });
  });
  bench.push(1000);
  await bench.pipeline.forceFlush({ timeoutMillis: 10_000, signal: new AbortController().signal });
  const sizes = bench.numbers.map(({ length }) => length);
  expect(sizes.slice(0, 3)).toEqual([200, 200, 200]);
  // 0.1 ms each: 40 take 4 ms.
  expect(Math.max(...sizes.slice(3))).toBeLessThanOrEqual(40);
  expect(bench.numbers.flat()).toEqual(Array.from({ length: 1000 }, (_, n) => n));
  expect(bench.counts).toMatchObject({ routed: 1000, delivered: 1000, size: 0 });
});
