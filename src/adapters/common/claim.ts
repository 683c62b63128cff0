const OBSERVED = Symbol.for('signalbox.observed.1');
const RESTING = Symbol.for('signalbox.resting.1');

/**
 * The observer of an engine's object or function. It has one in the process, whichever box, form or copy of the package that is. A later
 * observer leaves it alone, so that nothing is emitted twice.
 */
export function observers(): WeakMap<object, object> {
  const holder = globalThis as { [OBSERVED]?: WeakMap<object, object> };
  holder[OBSERVED] ??= new WeakMap();
  return holder[OBSERVED];
}

function resting(): WeakSet<object> {
  const holder = globalThis as { [RESTING]?: WeakSet<object> };
  holder[RESTING] ??= new WeakSet();
  return holder[RESTING];
}

/** Who observes it now: nobody where that one was switched off. */
export function observerOf(target: object): object | undefined {
  const owner = observers().get(target);
  return owner && resting().has(owner) ? undefined : owner;
}

/** Makes `owner` the observer of the object. False if the object has an observer already, this owner included. */
export function claim(target: object, owner: object): boolean {
  if (observerOf(target)) return false;
  observers().set(target, owner);
  return true;
}

/** It is switched off, or on again: what it observes is meanwhile free for others. */
export function rest(owner: object, isResting: boolean): void {
  if (isResting) resting().add(owner);
  else resting().delete(owner);
}

export function isResting(owner: object): boolean {
  return resting().has(owner);
}
