import { beneath, liesOver } from './original-method.js';

const CONSTRUCTED = Symbol.for('signalbox.constructed.1');

type AnyConstructor = new (...args: never[]) => object;

/** What a constructor is given, in place of what the app gives. */
export type Given = (args: readonly unknown[]) => readonly unknown[];

/** What is done with an object that was made. */
export type Made = (object: object) => void;

interface Constructed {
  readonly seen: AnyConstructor;
  readonly given: Given[];
  made?: Made | undefined;
}

function all(): WeakMap<object, Constructed> {
  const holder = globalThis as { [CONSTRUCTED]?: WeakMap<object, Constructed> };
  holder[CONSTRUCTED] ??= new WeakMap();
  return holder[CONSTRUCTED];
}

function of(Class: AnyConstructor): Constructed {
  const original = beneath(Class) as AnyConstructor;
  const found = all().get(original) ?? madeFor(original);
  all().set(original, found);
  return found;
}

/**
 * A stand-in for an engine's class, one for the process. It sees the arguments of the constructor and each new object. In all else it is the class.
 *
 * @param made Of those who ask, the first one's counts: an object is to be prepared once.
 */
export function standingFor<C extends AnyConstructor>(Class: C, made?: Made): C {
  const found = of(Class);
  found.made ??= made;
  return found.seen as C;
}

/** Gives the constructor more than the app gives it, one after the other where several do; `undo` ends that for who asked. */
export function constructedWith<C extends AnyConstructor>(
  Class: C,
  given: Given,
): { readonly seen: C; readonly undo: () => void } {
  const found = of(Class);
  found.given.push(given);
  return {
    seen: found.seen as C,
    undo: () => {
      const at = found.given.indexOf(given);
      if (at !== -1) found.given.splice(at, 1);
    },
  };
}

/** Whether anybody gives it more. */
export function isConstructed(Class: AnyConstructor): boolean {
  return of(Class).given.length > 0;
}

function madeFor(original: AnyConstructor): Constructed {
  const given: Given[] = [];
  const seen = new Proxy(original, {
    construct: (target, args, newTarget) => {
      const object = Reflect.construct(
        target,
        given.reduce<readonly unknown[]>((sofar, next) => next(sofar), args),
        newTarget,
      ) as object;
      constructed.made?.(object);
      return object;
    },
  });
  const constructed: Constructed = { seen, given };
  liesOver(seen as unknown as () => unknown, () => original);
  return constructed;
}
