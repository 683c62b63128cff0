import type { ClassObserver } from '../../adapters/common/observation.js';

/** An observer that is looked up at each use of an object. `last` returns it even after it was switched off. */
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
