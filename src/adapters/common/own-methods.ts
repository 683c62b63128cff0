import type { Around } from './function-proxy.js';
import { over } from './function-proxy.js';
import { liesOver } from './original-method.js';

/** Lays over those methods of an object that are its own, and not its class's: `aroundOf` says at each call what is done in place of it. */
export function layOverOwn<K extends string>(
  object: object,
  names: readonly K[],
  aroundOf: (name: K) => Around | undefined,
): void {
  for (const name of names) {
    const own = Object.getOwnPropertyDescriptor(object, name);
    const method: unknown = own?.value;
    if (typeof method !== 'function' || !own?.configurable) continue;
    const observed = over(method as () => unknown, (call, args, self) => {
      const around = aroundOf(name);
      return around ? around(call, args, self) : call(...args);
    });
    Object.defineProperty(object, name, { ...own, value: liesOver(observed, () => method) });
  }
}
