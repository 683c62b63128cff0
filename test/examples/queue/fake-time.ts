import { vi } from 'vitest';

/** Where the monotonic clock of the next fake time begins: it never goes back from one test to the next. */
let next = 0;

/** Both clocks and all timers stand still until the test moves them. */
export function useFakeTime(): void {
  const start = Math.ceil(Math.max(next, performance.now())) + 10_000;
  vi.useFakeTimers({
    now: Date.UTC(2026, 0, 1),
    toFake: [
      'setTimeout',
      'clearTimeout',
      'setInterval',
      'clearInterval',
      'setImmediate',
      'clearImmediate',
      'Date',
      'performance',
    ],
  });
  vi.advanceTimersByTime(start);
}

export function useRealTime(): void {
  if (vi.isFakeTimers()) next = performance.now();
  vi.useRealTimers();
}

/** Lets `millis` pass, with all that becomes due in it. */
export async function pass(millis: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(millis);
}

/** Lets pending promises run, without any time. */
export async function turn(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
}

/** Work that takes `millis`; with a signal, it ends with the signal's reason when that aborts. */
export function work(millis: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, millis);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

/** Work that never ends, whatever happens. */
export function hang(): Promise<never> {
  return new Promise(() => {});
}
