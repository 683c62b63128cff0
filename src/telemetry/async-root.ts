import { asyncHooks } from './async-hooks.js';

/** The parts of Node's AsyncResource that we use. */
interface Scope {
  runInAsyncScope<T>(fn: () => T): T;
}

// Unlike an AsyncLocalStorage, an AsyncResource makes no promise of the app slower. `null` if Node has none.
let scope: Scope | null | undefined;

/**
 * Keeps what is active at the first call: {@link outside} runs in it. Call it where nothing is active, for example while a module
 * loads.
 */
export function openOutside(): void {
  if (scope === undefined) scope = newScope();
}

// Whether something runs outside right now. All of it is synchronous.
let isOutside = false;

/** Runs `fn` now, outside of what its caller made active if Node allows that: a job must not belong to whoever took it. */
export function outside<T>(fn: () => T): T {
  openOutside();
  if (!scope || isOutside) return fn();
  isOutside = true;
  try {
    return scope.runInAsyncScope(fn);
  } finally {
    isOutside = false;
  }
}

/** Whether this runs outside already. */
export function isOutsideNow(): boolean {
  return isOutside;
}

function newScope(): Scope | null {
  try {
    const Resource = asyncHooks()?.AsyncResource;
    return Resource ? new Resource('SIGNALBOX') : null;
  } catch {
    return null;
  }
}
