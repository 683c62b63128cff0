import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Patience } from '../../src/sdk/metrics/collection-timeout.js';

let patience: Patience;
beforeEach(() => {
  vi.useFakeTimers();
  patience = new Patience(() => Date.now());
});
afterEach(() => {
  vi.useRealTimers();
});

const never = (): Promise<never> => new Promise(() => {});

/** What became of it, and when, in milliseconds from now. */
function outcome(promise: Promise<unknown>): unknown[] {
  const begin = Date.now();
  const seen: unknown[] = [];
  promise.then(
    (value) => seen.push(value, Date.now() - begin),
    (error: Error) => seen.push(error.message, Date.now() - begin),
  );
  return seen;
}

test('within() - gives what the work gives, and leaves no timer', async () => {
  expect(await patience.within(() => 1, 1000)).toBe(1);
  expect(await patience.within(() => Promise.resolve(2))).toBe(2);
  await expect(patience.within(() => Promise.reject(new Error('no')), 1000)).rejects.toThrow('no');
  await expect(
    patience.within(() => {
      throw new Error('at once');
    }, 1000),
  ).rejects.toThrow('at once');
  expect(vi.getTimerCount()).toBe(0);
});

test('within() - is given up at its own limit, and without one not at all', async () => {
  const [limited, unlimited] = [outcome(patience.within(never, 1000)), outcome(patience.within(never))];
  await vi.advanceTimersByTimeAsync(100_000);
  expect(limited).toEqual(['no end within 1000 ms', 1000]);
  expect(unlimited).toEqual([]);
});

test('hurry() - gives up what is waited for when a third of the time has passed, or at its own limit where that is sooner', async () => {
  const seen = [
    outcome(patience.within(never, 10_000)),
    outcome(patience.within(never)),
    outcome(patience.within(never, 500)),
  ];
  patience.hurry(3000);
  await vi.advanceTimersByTimeAsync(3000);
  expect(seen).toEqual([
    ['no end within 1000 ms of the shutdown', 1000],
    ['no end within 1000 ms of the shutdown', 1000],
    ['no end within 500 ms', 500],
  ]);
  expect(vi.getTimerCount()).toBe(0);
});

test('hurry() - leaves what begins later a third of what is left, and gives none of it up for another that says it too', async () => {
  patience.hurry(3000);
  const exporting = outcome(patience.within(never));
  patience.hurry(3000);
  expect(patience.limit(10_000)).toBe(1000);
  expect(patience.limit(10)).toBe(10);
  await vi.advanceTimersByTimeAsync(1500);
  expect(patience.limit(10_000)).toBe(500);
  await vi.advanceTimersByTimeAsync(5000);
  expect(patience.limit(10_000)).toBe(1);
  expect(exporting).toEqual([]);
});
