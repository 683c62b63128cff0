import type { Deadline } from './destination.js';

/** Resolves when `promise` settles, or when the deadline comes. */
export function untilDeadline(promise: Promise<unknown>, { signal }: Deadline): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      signal.removeEventListener('abort', done);
      resolve();
    };
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', done);
    promise.then(done, done);
  });
}

/** `setImmediate` where there is one: a timer of 0 ms waits a whole millisecond there. */
export function afterOthers(fn: () => void): void {
  const { setImmediate: immediate } = globalThis as { setImmediate?: (fn: () => void) => unknown };
  if (immediate) immediate(fn);
  else setTimeout(fn, 0);
}
