import { beside } from '../../jobs/beside.js';
import { isFresh } from '../../jobs/fresh.js';
import type { Adapter } from './adapter.js';

/** What is told of a call when it has ended. */
export interface Heard<T> {
  readonly what: string;
  fulfilled(value: T): unknown;
  rejected?(error: unknown): unknown;
}

/**
 * Makes a call and gives back what it gave, itself; what it comes to is told beside it. What is found out for that is waited for by a
 * flush, and is never the app's trouble.
 */
export function hear<T>(
  adapter: Adapter,
  call: () => unknown,
  { what, fulfilled, rejected }: Heard<T>,
): unknown {
  const told = (tell: () => unknown): void => later(adapter, what, tell);
  let result: unknown;
  try {
    result = call();
  } catch (error) {
    told(() => rejected?.(error));
    throw error;
  }
  const isPromise = beside<T>(
    result,
    (value) => told(() => fulfilled(value)),
    (error) => told(() => rejected?.(error)),
    isFresh(result),
  );
  // What stands in for a method in the app's tests may give anything.
  if (!isPromise) told(() => fulfilled(result as T));
  return result;
}

/** Tells something that may have to be found out first. */
export function later(adapter: Adapter, what: string, tell: () => unknown): void {
  const told = adapter.quietly(what, tell);
  if (!(told instanceof Promise)) return;
  adapter.core.tellLater(told.catch((error: unknown) => adapter.report(what, error)));
}
