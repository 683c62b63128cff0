const fresh = new WeakSet<object>();

/** Notes what a call of a function gave, and gives it on: the promise of an async function is new, so that nobody can handle it yet. */
export function givenBy<T>(fn: unknown, result: T): T {
  if (typeof result === 'object' && result !== null && isAsync(fn)) fresh.add(result);
  return result;
}

/** Whether nobody had the promise before who called: of one that came by other ways, handlers can not be seen. */
export function isFresh(result: unknown): boolean {
  return typeof result === 'object' && result !== null && fresh.has(result);
}

const seen = new WeakMap<object, boolean>();

function isAsync(fn: unknown): boolean {
  if (typeof fn !== 'function') return false;
  const known = seen.get(fn) ?? looksAsync(fn);
  seen.set(fn, known);
  return known;
}

/** By its source too: a proxy over one may do with the promise what it likes, and has none. */
function looksAsync(fn: object): boolean {
  try {
    const isTagged = Object.prototype.toString.call(fn) === '[object AsyncFunction]';
    return isTagged && Function.prototype.toString.call(fn).startsWith('async');
  } catch {
    // What can not even be looked at is none.
    return false;
  }
}
