import { forgetGiven, givenBy } from '../../jobs/fresh-promise.js';

type AnyFunction = (this: unknown, ...args: never[]) => unknown;

/** What is done in place of a call: `call` makes it, with the `this` that it came with. */
export type Around = (call: (...args: unknown[]) => unknown, args: unknown[], self: unknown) => unknown;

/**
 * A function that goes by `around` when it is called, and is the given one in all else: name, length and its own properties, now and
 * later, be it a spy.
 *
 * @param now The function that is called, where it may have become another since.
 */
export function over<F extends AnyFunction>(given: F, around: Around, now: () => unknown = () => given): F {
  const current = (): F => {
    const found = now();
    return typeof found === 'function' ? (found as F) : given;
  };
  return new Proxy(given, {
    apply: (_, self, args) => {
      const fn = current();
      try {
        return around((...a) => givenBy(fn, Reflect.apply(fn, self, a)), args, self);
      } finally {
        // Whoever asks what the function gave has asked by now: hold nothing of the app's.
        forgetGiven();
      }
    },
    has: (_, key) => Reflect.has(current(), key) || Reflect.has(given, key),
    get: (_, key) => {
      // A proxy must report a property that can not be configured as its own target has it.
      const fixed = Reflect.getOwnPropertyDescriptor(given, key)?.configurable === false;
      return Reflect.get(fixed ? given : current(), key) as unknown;
    },
  });
}
