import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Deadlines } from '../../../src/adapters/bullmq/lock-deadlines.js';

interface Named {
  readonly name: string;
}

describe('Deadlines', () => {
  const passed: string[] = [];
  let deadlines: Deadlines<Named>;

  beforeEach(() => {
    vi.useFakeTimers();
    passed.length = 0;
    deadlines = new Deadlines<Named>(({ name }) => passed.push(name));
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('set() - each passes at its own time, whichever was set first', () => {
    deadlines.set({ name: 'late' }, 300);
    deadlines.set({ name: 'early' }, 100);
    vi.advanceTimersByTime(99);
    expect(passed).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(passed).toEqual(['early']);
    vi.advanceTimersByTime(200);
    expect(passed).toEqual(['early', 'late']);
  });

  test('set() - again, puts it off', () => {
    const one = { name: 'one' };
    deadlines.set(one, 100);
    vi.advanceTimersByTime(60);
    deadlines.set(one, 100);
    vi.advanceTimersByTime(99);
    expect(passed).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(passed).toEqual(['one']);
  });

  test('set() - a time that no timer can wait for is waited for in parts', () => {
    const month = 31 * 24 * 3_600_000;
    const timers = vi.spyOn(globalThis, 'setTimeout');
    deadlines.set({ name: 'far' }, month);
    vi.advanceTimersByTime(month - 1);
    expect([passed, timers.mock.calls.length]).toEqual([[], 2]);
    vi.advanceTimersByTime(1);
    expect(passed).toEqual(['far']);
    timers.mockRestore();
  });

  test('clear() - takes it back, and the others pass', () => {
    const one = { name: 'one' };
    deadlines.set(one, 100);
    deadlines.set({ name: 'other' }, 100);
    deadlines.clear(one);
    vi.advanceTimersByTime(100);
    expect(passed).toEqual(['other']);
  });

  test('set() - a thousand, each taken back at once, make one timer', () => {
    for (let i = 0; i < 1000; i++) {
      const one = { name: String(i) };
      deadlines.set(one, 100);
      deadlines.clear(one);
    }
    expect(vi.getTimerCount()).toBe(1);
  });
});
