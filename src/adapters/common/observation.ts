import type { Around } from './function-proxy.js';

/** By a method's name, what is done in place of a call of it. */
export type Observation<T> = { readonly [K in keyof T]?: Around };

/** Who observes the objects of a class: one by one, as they are used. */
export interface ClassObserver<T extends object> {
  /** What is observed of an object, made when it is first used; undefined where this one leaves it alone. */
  observationOf(object: T): Observation<T> | undefined;
  /** It begins to observe the class, or does so again. */
  begun?(): void;
  /** It observes the class no longer. */
  ended?(): void;
  /** Objects that it observes also while no method of them is called. */
  held?(): Iterable<T>;
  /** Observes such an object of one that no longer does. False where it leaves it alone. */
  takeOver?(object: T): boolean;
}

/** The observation of each object, made once. What is called on the object meanwhile is not observed. */
export function perObject<T extends object>(
  make: (object: T) => Observation<T> | undefined,
): (object: T) => Observation<T> | undefined {
  const known = new WeakMap<T, Observation<T>>();
  return (object) => {
    const found = known.get(object);
    if (found) return found;
    known.set(object, {});
    let made: Observation<T> | undefined;
    try {
      made = make(object);
      return made;
    } finally {
      if (made) known.set(object, made);
      else known.delete(object);
    }
  };
}
