import { isFresh } from '../../jobs/fresh-promise.js';
import { beside } from '../../jobs/watch-promise.js';
import type { BullMQAdapter } from './adapter.js';

/** What is done when a call has ended. */
export interface Heard<T> {
  readonly what: string;
  fulfilled(value: T): unknown;
  rejected?(error: unknown): unknown;
}

/**
 * Makes a call and gives back what it gave, itself; what it comes to is emitted beside it. A flush waits for what has to be found out
 * for that; its failures are never the app's trouble.
 */
export function hear<T>(
  adapter: BullMQAdapter,
  call: () => unknown,
  { what, fulfilled, rejected }: Heard<T>,
): unknown {
  const afterwards = (emit: () => unknown): void => later(adapter, what, emit);
  let result: unknown;
  try {
    result = call();
  } catch (error) {
    afterwards(() => rejected?.(error));
    throw error;
  }
  const isPromise = beside<T>(
    result,
    (value) => afterwards(() => fulfilled(value)),
    (error) => afterwards(() => rejected?.(error)),
    isFresh(result),
  );
  // What stands in for a method in the app's tests may give anything.
  if (!isPromise) afterwards(() => fulfilled(result as T));
  return result;
}

/** Emits something that may have to be found out first. */
export function later(adapter: BullMQAdapter, what: string, emit: () => unknown): void {
  const emitting = adapter.quietly(what, emit);
  if (!(emitting instanceof Promise)) return;
  adapter.core.tellLater(emitting.catch((error: unknown) => adapter.report(what, error)));
}
