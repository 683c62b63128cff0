import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FlushTimer } from '../../src/sdk/flush-timer.js';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

function made(): { timer: FlushTimer; fire: ReturnType<typeof vi.fn>; home: ReturnType<typeof vi.fn> } {
  const fire = vi.fn();
  const home = vi.fn((fn: () => void) => fn());
  return { timer: new FlushTimer(fire, 50, home), fire, home };
}

describe('FlushTimer', () => {
  test('arm() - changes no async context within the call, and sets one timer when that has ended', async () => {
    const { timer, fire, home } = made();
    timer.arm();
    timer.arm();
    expect(home).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
    await Promise.resolve();
    expect(home).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(49);
    expect(fire).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(fire).toHaveBeenCalledOnce();
  });

  test('arm() - begins anew when it has fired', async () => {
    const { timer, fire } = made();
    for (const times of [1, 2]) {
      timer.arm();
      await Promise.resolve();
      vi.advanceTimersByTime(50);
      expect(fire).toHaveBeenCalledTimes(times);
    }
  });

  test('stop() - leaves no timer, also before it was set', async () => {
    const { timer, fire } = made();
    timer.arm();
    timer.stop();
    await Promise.resolve();
    expect(vi.getTimerCount()).toBe(0);
    timer.arm();
    await Promise.resolve();
    timer.stop();
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(100);
    expect(fire).not.toHaveBeenCalled();
  });

  test('arm() - behind a stop() in the same turn sets one timer', async () => {
    const { timer } = made();
    timer.arm();
    timer.stop();
    timer.arm();
    await Promise.resolve();
    await Promise.resolve();
    expect(vi.getTimerCount()).toBe(1);
  });
});
