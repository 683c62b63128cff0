/**
 * The runtime's clock and timers from the time when this module was loaded. An app's tests may replace the global ones and never run them: a
 * shutdown would then wait for ever, and queues would stop. Tests that replace them before they import the library get the replaced ones.
 */
const own = globalThis as {
  setImmediate?: (fn: () => void) => unknown;
  setTimeout(fn: () => void, millis: number): ReturnType<typeof setTimeout>;
};

/** `setTimeout`. */
export const startTimer: (fn: () => void, millis: number) => ReturnType<typeof setTimeout> =
  own.setTimeout.bind(globalThis);

/** `clearTimeout`. */
export const stopTimer: (timer: ReturnType<typeof setTimeout> | undefined) => void =
  clearTimeout.bind(globalThis);

/** Milliseconds of a monotonic clock. */
export const clockMillis: () => number = performance.now.bind(performance);

/** Calls `fn` as a microtask: after the running code, before timers and sockets. */
export const soon: (fn: () => void) => void = queueMicrotask.bind(globalThis);

/** Calls `fn` after timers and sockets have run. Uses `setImmediate` if there is one, because a timer of 0 ms waits a whole millisecond. */
export const nextTurn: (fn: () => void) => unknown =
  own.setImmediate?.bind(globalThis) ?? ((fn) => startTimer(fn, 0));
