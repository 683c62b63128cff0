import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Alarm } from '../../../examples/job-queue/queue/alarm.js';
import { now } from '../../../examples/job-queue/queue/clock.js';
import { useFakeTime, useRealTime } from './fake-time.js';

describe('Alarm', () => {
  beforeEach(useFakeTime);
  afterEach(useRealTime);

  test('set() - rings once, at the moment', () => {
    const rings: number[] = [];
    const start = now();
    new Alarm(() => rings.push(now() - start)).set(start + 250);
    vi.advanceTimersByTime(1000);
    expect(rings).toEqual([250]);
  });

  test('set() - replaces the moment before', () => {
    const rings: number[] = [];
    const start = now();
    const alarm = new Alarm(() => rings.push(now() - start));
    alarm.set(start + 50);
    alarm.set(start + 400);
    alarm.set(start + 100);
    vi.advanceTimersByTime(1000);
    expect(rings).toEqual([100]);
  });

  test('set() - holds no timer for a moment that never comes', () => {
    const alarm = new Alarm(() => {});
    alarm.set(now() + 50);
    alarm.set(Number.POSITIVE_INFINITY);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('clear() - keeps it from ringing and holds no timer', () => {
    const ring = vi.fn();
    const alarm = new Alarm(ring);
    alarm.set(now() + 50);
    alarm.clear();
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(1000);
    expect(ring).not.toHaveBeenCalled();
  });

  test('set() - can be called by what it rings for', () => {
    const rings: number[] = [];
    const start = now();
    const alarm: Alarm = new Alarm(() => {
      rings.push(now() - start);
      if (rings.length < 3) alarm.set(now() + 10);
    });
    alarm.set(start + 10);
    vi.advanceTimersByTime(1000);
    expect(rings).toEqual([10, 20, 30]);
  });

  test('set() - waits for a far moment in few, long steps, none of which setTimeout would cut to nothing', () => {
    const timers = vi.spyOn(globalThis, 'setTimeout');
    const ring = vi.fn();
    new Alarm(ring).set(now() + 3 * 2 ** 31);
    vi.advanceTimersByTime(3 * 2 ** 31 - 1);
    expect(ring).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(ring).toHaveBeenCalledOnce();
    expect(timers.mock.calls.map(([, millis]) => millis)).toEqual([2 ** 31 - 1, 2 ** 31 - 1, 2 ** 31 - 1, 3]);
    timers.mockRestore();
  });

  test('set() - rings for a moment that has passed', () => {
    const ring = vi.fn();
    new Alarm(ring).set(now() - 5);
    expect(ring).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(ring).toHaveBeenCalledOnce();
  });
});
