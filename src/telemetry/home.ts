/** What is needed of Node's AsyncResource. */
interface Scope {
  runInAsyncScope<T>(fn: () => T): T;
}

// Made when the package is loaded, which mostly happens outside of all that an app makes active. It costs no await of the app's
// anything, which an AsyncLocalStorage would.
const scope: Scope | undefined = newScope();

/** Runs `fn` now, and where Node has the means for that outside of what its caller made active: no job belongs to whoever took it. */
export function atHome<T>(fn: () => T): T {
  return scope ? scope.runInAsyncScope(fn) : fn();
}

// Asked for and not imported: the core runs where there is no Node, and in one that is too old for the question.
function newScope(): Scope | undefined {
  const { process } = globalThis as {
    process?: { getBuiltinModule?(name: string): { AsyncResource: new (type: string) => Scope } | undefined };
  };
  try {
    const hooks = process?.getBuiltinModule?.('node:async_hooks');
    return hooks && new hooks.AsyncResource('signalbox');
  } catch {
    return undefined;
  }
}
