/**
 * In place of `src/delivery/timers.ts`, which takes the runtime's timers once: looks them up at each call, so that tests can let the time of
 * deadlines and turns pass. `vi.mock('../../src/delivery/timers.js', () => import('../support/global-timers.js'))`
 */
export const startTimer = (fn: () => void, millis: number): ReturnType<typeof setTimeout> =>
  setTimeout(fn, millis);
export const stopTimer = (timer: ReturnType<typeof setTimeout> | undefined): void => clearTimeout(timer);
export const clockMillis = (): number => performance.now();
export const soon = (fn: () => void): void => queueMicrotask(fn);
export const nextTurn = (fn: () => void): unknown => setImmediate(fn);
