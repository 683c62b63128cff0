import { observerOf } from './claim.js';
import type { Around } from './function-proxy.js';
import { over } from './function-proxy.js';
import type { ClassObserver } from './observation.js';
import { liesOver } from './original-method.js';
import { layOverOwn } from './own-methods.js';

const PATCHES = Symbol.for('signalbox.patches.1');

type AnyObserver = ClassObserver<object>;

interface Method {
  readonly own: PropertyDescriptor | undefined;
  readonly observed: unknown;
}

/** What lies over a prototype, and who observes: of an object, the first that answers. */
interface Patch {
  readonly observers: AnyObserver[];
  readonly methods: Map<string, Method>;
}

function patches(): WeakMap<object, Patch> {
  const holder = globalThis as { [PATCHES]?: WeakMap<object, Patch> };
  holder[PATCHES] ??= new WeakMap();
  return holder[PATCHES];
}

/** A class of an engine, or of the app's over it. */
export interface AnyClass<T extends object> {
  readonly prototype: T;
}

/**
 * Observes the objects of a class by its prototype, also those that are there already, from their next call on: subclasses, their overrides and private members, what
 * a class calls on itself, and spies stay. An object that is observed by hand is left alone, whenever that was done. Several may observe a
 * class: each object has one of them, and when that one is gone the next.
 *
 * @returns What ends it: once nobody observes the class, its prototype is as it was.
 */
export function observePrototype<T extends object>(
  { prototype }: AnyClass<T>,
  names: readonly (keyof T & string)[],
  observer: ClassObserver<T>,
): () => void {
  const patch = patches().get(prototype) ?? { observers: [], methods: new Map<string, Method>() };
  patches().set(prototype, patch);
  patch.observers.push(observer as AnyObserver);
  for (const name of names) if (!patch.methods.has(name)) layOver(prototype, name, patch);
  observer.begun?.();
  let isOver = false;
  return () => {
    if (isOver) return;
    isOver = true;
    patch.observers.splice(patch.observers.indexOf(observer as AnyObserver), 1);
    for (const object of observer.held?.() ?? [])
      patch.observers.some((other) => other.takeOver?.(object) === true);
    observer.ended?.();
    if (patch.observers.length > 0) return;
    for (const [name, method] of patch.methods) restore(prototype, name, method);
    patches().delete(prototype);
  };
}

/**
 * Has those who observe a class observe an object whose methods are its own too, and not its class's. To be called once, when it was made:
 * who begins to observe the class later is asked as well.
 */
export function observeOwnMethods<T extends object>(
  object: T,
  { prototype }: AnyClass<T>,
  names: readonly (keyof T & string)[],
): void {
  layOverOwn(object, names, (name) => {
    const patch = patches().get(prototype);
    return patch && aroundOf(patch, object, name);
  });
}

function layOver(prototype: object, name: string, patch: Patch): void {
  const own = Object.getOwnPropertyDescriptor(prototype, name);
  const method: unknown = Reflect.get(prototype, name);
  if (typeof method !== 'function') return;
  const now = (): unknown =>
    own ? method : Reflect.get(Object.getPrototypeOf(prototype) as object, name, prototype);
  const observed = over(
    method as () => unknown,
    (call, args, self) => {
      const around = aroundOf(patch, self, name);
      return around ? around(call, args, self) : call(...args);
    },
    now,
  );
  patch.methods.set(name, { own, observed: liesOver(observed, now) });
  Object.defineProperty(prototype, name, {
    value: observed,
    enumerable: own?.enumerable ?? false,
    configurable: true,
    writable: true,
  });
}

function aroundOf(patch: Patch, self: unknown, name: string): Around | undefined {
  if (typeof self !== 'object' || self === null || observerOf(self)) return undefined;
  for (const observer of patch.observers) {
    const observation = observer.observationOf(self) as Record<string, Around | undefined> | undefined;
    if (observation) return observation[name];
  }
  return undefined;
}

/** Where something else lies over it by now, a test's spy, that is left: what is beneath passes through. */
function restore(prototype: object, name: string, { own, observed }: Method): void {
  if (Object.getOwnPropertyDescriptor(prototype, name)?.value !== observed) return;
  if (own) Object.defineProperty(prototype, name, own);
  else Reflect.deleteProperty(prototype, name);
}
