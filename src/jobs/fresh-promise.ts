import { isPromise } from './watch-promise.js';

/** What was given last by a function that is async, until whoever called it has had it. */
let last: unknown;

/**
 * Notes what a call of a function gave, and gives it on: the promise of an async function is new, so that nobody can handle it yet. To be asked
 * for in the same turn, and forgotten.
 */
export function givenBy<T>(fn: unknown, result: T): T {
  if (passing.has(fn as object) && result === last) return result;
  last = isPromise(result) && isAsync(fn) ? result : undefined;
  return result;
}

const passing = new WeakSet<object>();

/** Marks a function that gives on, in the same turn, what another gave that is observed. */
export function passesOn<F extends object>(fn: F): F {
  passing.add(fn);
  return fn;
}

/** Whether nobody had the promise before who called: of one that came by other ways, handlers can not be seen. */
export function isFresh(result: unknown): boolean {
  return last !== undefined && result === last;
}

/** It has been asked for. */
export function forgetGiven(): void {
  last = undefined;
}

const AsyncFunction: unknown = Object.getPrototypeOf(async () => undefined);
const seen = new WeakMap<object, boolean>();

/** Whether what a function gives is a promise that nobody had before. */
export function isAsync(fn: unknown): boolean {
  if (typeof fn !== 'function' || !looksAsync(fn)) return false;
  const known = seen.get(fn);
  if (known !== undefined) return known;
  const isOne = isWrittenAsync(fn);
  seen.set(fn, isOne);
  return isOne;
}

function looksAsync(fn: object): boolean {
  try {
    return Object.getPrototypeOf(fn) === AsyncFunction;
  } catch {
    // A function that throws when it is looked at does not count as async.
    return false;
  }
}

/** By its source too: a proxy over one may do with the promise what it likes, and has none. */
function isWrittenAsync(fn: object): boolean {
  try {
    const isTagged = Object.prototype.toString.call(fn) === '[object AsyncFunction]';
    return isTagged && Function.prototype.toString.call(fn).startsWith('async');
  } catch {
    return false;
  }
}
