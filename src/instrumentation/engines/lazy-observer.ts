import type { ClassObserver } from '../../adapters/common/observation.js';

/** An observer that is asked for when an object is used. `last` gives it also where it has just been switched off. */
export function lazily<T extends object>(
  now: () => ClassObserver<T> | undefined,
  last: () => ClassObserver<T> | undefined,
): ClassObserver<T> {
  return {
    observationOf: (object) => now()?.observationOf(object),
    begun: () => last()?.begun?.(),
    ended: () => last()?.ended?.(),
    held: () => last()?.held?.() ?? [],
    takeOver: (object) => now()?.takeOver?.(object) ?? false,
  };
}
