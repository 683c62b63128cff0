import { claim, observerOf } from './claim.js';
import type { Around } from './function-proxy.js';
import { over } from './function-proxy.js';
import type { ClassObserver } from './observation.js';
import type { AnyClass } from './observed-prototype.js';
import { layOverOwn } from './own-methods.js';

type Constructor = new (...args: unknown[]) => object;

/** How a class is observed by a subclass of it. */
export interface ClassObservation<T extends object> {
  readonly names: readonly (keyof T & string)[];
  readonly observer: ClassObserver<T>;
  /** Whom its objects are observed by: others leave them alone then. Left out where the observer sees to that itself. */
  readonly owner?: object;
  /** What its constructor is given, in place of what the app gives. */
  readonly given?: (args: readonly unknown[]) => readonly unknown[];
}

/** A subclass whose methods observe and call `super`, under the name of the class; its statics are the class's own. */
export function observedClass<T extends object, C extends AnyClass<T>>(
  Class: C,
  { names, observer, owner, given = (args) => args }: ClassObservation<T>,
): C {
  const Base = Class as unknown as Constructor;
  class Observed extends Base {
    constructor(...args: unknown[]) {
      super(...given(args));
      layOverOwn(this, names, (name) => aroundOf(this as unknown as T, name));
    }
  }
  for (const key of ['name', 'length'] as const)
    Object.defineProperty(Observed, key, { value: Base[key], configurable: true });
  for (const name of names) {
    const now = (): unknown => Reflect.get(Base.prototype as object, name);
    const method = now();
    if (typeof method !== 'function') continue;
    Object.defineProperty(Observed.prototype, name, {
      value: over(
        method as () => unknown,
        (call, args, self) => {
          const around = aroundOf(self as T, name);
          return around ? around(call, args, self) : call(...args);
        },
        now,
      ),
      enumerable: false,
      configurable: true,
      writable: true,
    });
  }
  const ours = new WeakSet<object>();

  /** What is observed by hand, or by another, is theirs. */
  function aroundOf(self: T, name: keyof T & string): Around | undefined {
    if (typeof self !== 'object' || self === null) return undefined;
    const by = observerOf(self);
    if (by && !(by === owner && ours.has(self))) return undefined;
    const observation = observer.observationOf(self);
    if (observation && owner && !by) {
      ours.add(self);
      claim(self, owner);
    }
    return observation?.[name];
  }

  return Observed as unknown as C;
}
