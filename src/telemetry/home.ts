/** What is needed of Node's AsyncResource. */
interface Scope {
  runInAsyncScope<T>(fn: () => T): T;
}

// It makes no promise of the app dearer, which an AsyncLocalStorage would. `null` where there is none.
let scope: Scope | null | undefined;

// Whether it is run in right now: all of that is synchronous.
let isHome = false;

/** What is active where this is first called is what {@link atHome} runs in: call it where nothing is, as when a module is loaded. */
export function openHome(): void {
  if (scope === undefined) scope = newScope();
}

/** Runs `fn` now, and where Node has the means for that outside of what its caller made active: no job belongs to whoever took it. */
export function atHome<T>(fn: () => T): T {
  openHome();
  if (!scope || isHome) return fn();
  isHome = true;
  try {
    return scope.runInAsyncScope(fn);
  } finally {
    isHome = false;
  }
}

// Asked for and not imported: the core runs where there is no Node, and in one that is too old for the question.
function newScope(): Scope | null {
  const { process } = globalThis as {
    process?: { getBuiltinModule?(name: string): { AsyncResource: new (type: string) => Scope } | undefined };
  };
  try {
    const hooks = process?.getBuiltinModule?.('node:async_hooks');
    return hooks ? new hooks.AsyncResource('signalbox') : null;
  } catch {
    return null;
  }
}
