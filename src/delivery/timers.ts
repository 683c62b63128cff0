/**
 * The runtime's clock and timers as they were when this module was loaded. An app's tests stub the global ones and may never let them
 * run: a shutdown would wait for its deadline for good, and queues would stand still. Those who stub before they import the library
 * get their own.
 */
const own = globalThis as {
  setImmediate?: (fn: () => void) => unknown;
  setTimeout(fn: () => void, millis: number): ReturnType<typeof setTimeout>;
};

/** As `setTimeout`. */
export const startTimer: (fn: () => void, millis: number) => ReturnType<typeof setTimeout> =
  own.setTimeout.bind(globalThis);

/** As `clearTimeout`. */
export const stopTimer: (timer: ReturnType<typeof setTimeout> | undefined) => void =
  clearTimeout.bind(globalThis);

/** Milliseconds of a clock that is never set. */
export const clockMillis: () => number = performance.now.bind(performance);

/** Calls when what runs now has ended, before timers and sockets. */
export const soon: (fn: () => void) => void = queueMicrotask.bind(globalThis);

/** Calls when timers and sockets have had their turn. `setImmediate` where there is one: a timer of 0 ms waits a whole millisecond there. */
export const nextTurn: (fn: () => void) => unknown =
  own.setImmediate?.bind(globalThis) ?? ((fn) => startTimer(fn, 0));
