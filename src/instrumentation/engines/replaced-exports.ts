import { types } from 'node:util';
import { beneath } from '../../adapters/common/original-method.js';

/** The exports of a module, as a hook passes them. */
export type Exports = Record<string, unknown>;

/**
 * Replaces some exports: in place if they can be set (CommonJS, and the proxy of import-in-the-middle, which applies assigned properties),
 * else in a copy (a module namespace, or exports with locked getters).
 */
export function replaced(exports: Exports, by: Readonly<Exports>): Exports {
  if (areSettable(exports, Object.keys(by))) return Object.assign(exports, by);
  const all: PropertyDescriptorMap = Object.getOwnPropertyDescriptors(exports);
  for (const key of Reflect.ownKeys(all))
    (all as Record<PropertyKey, PropertyDescriptor>)[key] = { ...all[key as string], configurable: true };
  for (const [name, value] of Object.entries(by))
    all[name] = { value, enumerable: true, configurable: true, writable: true };
  return Object.create(Object.getPrototypeOf(exports) as object | null, all) as Exports;
}

/** Restores replaced exports if they can be set. Functions of a copy pass calls through once observing has ended. */
export function unreplaced(names: readonly string[]): (exports: Exports | undefined) => void {
  return (exports) => {
    if (!exports || !areSettable(exports, names)) return;
    for (const name of names) if (exports[name] !== undefined) exports[name] = beneath(exports[name]);
  };
}

function areSettable(exports: Exports, names: readonly string[]): boolean {
  if (types.isProxy(exports)) return true;
  if (types.isModuleNamespaceObject(exports)) return false;
  return names.every(
    (name) =>
      Object.getOwnPropertyDescriptor(exports, name)?.writable !== false &&
      !Object.getOwnPropertyDescriptor(exports, name)?.get,
  );
}
