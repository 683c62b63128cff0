import type { Context } from '@opentelemetry/api';
import type { Core } from '../box/core.js';
import { runIn } from '../telemetry/context-manager.js';
import { isAsync, isFresh } from './fresh-promise.js';
import { beside } from './watch-promise.js';

/** Runs the function exactly once in the context, and calls `ended` when it has ended; returns or throws what it does. */
export function runUntilEnded<T>(core: Core, context: Context, fn: () => T, ended: () => void): T {
  let result: T;
  try {
    result = runIn(context, fn, core.report);
  } catch (error) {
    ended();
    throw error;
  }
  whenEnded(fn, result, ended);
  return result;
}

/** Calls `ended` when what was run has ended: at once, or where it gave a promise, when that settles. */
export function whenEnded(fn: unknown, result: unknown, ended: () => void): void {
  const isNew = isFresh(result) || isAsync(fn);
  if (!beside(result, ended, ended, isNew)) ended();
}
