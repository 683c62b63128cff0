import { asyncHooks } from './async-hooks.js';

/** What is needed of Node's AsyncResource. */
interface Scope {
  runInAsyncScope<T>(fn: () => T): T;
}

// It makes no promise of the app dearer, which an AsyncLocalStorage would. `null` where there is none.
let scope: Scope | null | undefined;

/** What is active where this is first called is what {@link outside} runs in: call it where nothing is, as when a module is loaded. */
export function openOutside(): void {
  if (scope === undefined) scope = newScope();
}

// Whether something runs outside right now: all of that is synchronous.
let isOutside = false;

/** Runs `fn` now, and where Node has the means for that outside of what its caller made active: no job belongs to whoever took it. */
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
