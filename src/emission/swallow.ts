/**
 * Handles a result that nobody awaits: if it is a promise of any realm, its rejection can not end the process. Returns whether the result
 * is a promise or a thenable.
 */
export function swallow(result: unknown): boolean {
  if ((typeof result !== 'object' && typeof result !== 'function') || result === null) return false;
  try {
    if (result instanceof Promise) {
      // The app may have replaced or removed its `then`.
      void Promise.prototype.then.call(result, undefined, nothing);
      return true;
    }
    const then = thenOf(result);
    if (!then) return false;
    const next = then.call(result, undefined, nothing);
    // An async `then` returns another promise, which may reject too.
    thenOf(next)?.call(next, undefined, nothing);
    return true;
  } catch {
    // A thenable whose `then` throws leaves no rejection behind.
    return true;
  }
}

/**
 * Whether a value of the app is a promise or a thenable. The `then` of a thenable is not called, because the `then` of a query builder runs
 * the query.
 */
export function isAwaitable(value: unknown): boolean {
  if (!thenOf(value)) return false;
  try {
    // Throws if the value is not a promise of any realm.
    void Promise.prototype.then.call(value as Promise<unknown>, undefined, nothing);
  } catch {
    // A thenable stays untouched.
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
