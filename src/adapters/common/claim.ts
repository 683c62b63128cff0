const OBSERVED = Symbol.for('signalbox.observed.1');

/**
 * Who observes an object or function of an engine: one for the process, whichever box, form or copy of the package it is. Who comes
 * later leaves it alone, so that nothing is emitted twice.
 */
export function observers(): WeakMap<object, object> {
  const holder = globalThis as { [OBSERVED]?: WeakMap<object, object> };
  holder[OBSERVED] ??= new WeakMap();
  return holder[OBSERVED];
}

/** Makes `owner` the observer of the object. False where it has one already, be it this owner. */
export function claim(target: object, owner: object): boolean {
  const all = observers();
  if (all.has(target)) return false;
  all.set(target, owner);
  return true;
}
