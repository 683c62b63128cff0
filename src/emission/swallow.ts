/**
 * Takes a result that nobody awaits: where it is a promise, of whatever realm, its rejection is not the process's end. True where it is one,
 * or looks like one.
 */
export function swallow(result: unknown): boolean {
  if ((typeof result !== 'object' && typeof result !== 'function') || result === null) return false;
  try {
    if (result instanceof Promise) {
      // Its own `then` may be another's, or gone.
      void Promise.prototype.then.call(result, undefined, nothing);
      return true;
    }
    const then = thenOf(result);
    if (!then) return false;
    const next = then.call(result, undefined, nothing);
    // An async `then` answers with a promise of its own.
    thenOf(next)?.call(next, undefined, nothing);
    return true;
  } catch {
    // A thenable that throws on being looked at rejects nothing.
    return true;
  }
}

/**
 * Whether a value is a promise, or looks like one, for what may hold values of the app's: a `then` that is not a promise's is not called, since
 * that of a query runs it.
 */
export function isAwaitable(value: unknown): boolean {
  if (!thenOf(value)) return false;
  try {
    // Throws where it is no promise, of whatever realm.
    void Promise.prototype.then.call(value as Promise<unknown>, undefined, nothing);
  } catch {
    // Left alone.
  }
  return true;
}

function nothing(): void {}

type Then = (this: unknown, onFulfilled: undefined, onRejected: () => void) => unknown;

function thenOf(value: unknown): Then | undefined {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined;
  const { then } = value as { then?: unknown };
  return typeof then === 'function' ? (then as Then) : undefined;
}
