import { isFresh } from '../../jobs/fresh-promise.js';
import { beside } from '../../jobs/watch-promise.js';
import type { BullMQAdapter } from './adapter.js';

/** What to emit when a call has ended. */
export interface Heard<T> {
  readonly what: string;
  fulfilled(value: T): unknown;
  rejected?(error: unknown): unknown;
}

/**
 * Makes a call, returns its very result, and emits the outcome beside it. If that takes further questions to the store, a flush waits for the
 * answers. A failure of them never reaches the app.
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
  // A stub in the app's tests may return something else than a promise.
  if (!isPromise) afterwards(() => fulfilled(result as T));
  return result;
}

/** Calls `emit`. If it returns a promise, a flush waits for that. */
export function later(adapter: BullMQAdapter, what: string, emit: () => unknown): void {
  const emitting = adapter.quietly(what, emit);
  if (!(emitting instanceof Promise)) return;
  adapter.core.tellLater(emitting.catch((error: unknown) => adapter.report(what, error)));
}
