import { types } from 'node:util';
import { beneath } from '../../adapters/common/original-method.js';

/** What a module exports, as a hook hands it over. */
export type Exports = Record<string, unknown>;

/**
 * Exports with some of them replaced: in place where they can be set (CommonJS, and the proxy that import-in-the-middle gives, whose
 * properties count once they are assigned), else a copy of them (a module's namespace, and getters that are locked).
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

/** Gives what was replaced back, where it can be set: a copy that was handed out passes through. */
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
