import { observerOf } from './claim.js';
import type { Around } from './function-proxy.js';
import { over } from './function-proxy.js';
import type { Observation } from './observation.js';
import { beneath } from './original-method.js';

export type { Observation };

/**
 * Observes an object of an engine in place: by properties of its own over the methods that it has, so that overrides of subclasses stay,
 * `this` is the object, and a test may spy on them, stub and restore them. What it does not have stays away. A method that comes from its
 * class is looked up there at each call: who replaces it there is heard.
 *
 * @throws {TypeError} Where it takes no properties, because it is frozen.
 */
export function observeInPlace<T extends object>(target: T, observation: Observation<T>): T {
  for (const [name, around] of Object.entries(observation) as [keyof T & string, Around | undefined][]) {
    const method: unknown = target[name];
    if (typeof method !== 'function' || !around) continue;
    const own = Object.getOwnPropertyDescriptor(target, name);
    const now = own ? undefined : (): unknown => methodOf(target, name);
    Object.defineProperty(target, name, {
      value: over(method as () => unknown, around, now),
      enumerable: own?.enumerable ?? false,
      configurable: true,
      writable: true,
    });
  }
  return target;
}

/** That of its class. Where the class is observed too, who does so has it, once whoever observes the object was switched off. */
function methodOf(target: object, name: string): unknown {
  const method: unknown = Reflect.get(Object.getPrototypeOf(target) as object, name, target);
  return observerOf(target) ? beneath(method) : method;
}
