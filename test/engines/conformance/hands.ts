/**
 * Where a driver holds what it has observed. Scenarios run with bare hands, or with test doubles in them, which lie beneath an observed
 * object, and over it.
 */
export interface Hands {
  /** An object that is going to be observed. */
  beneath<T extends object>(what: string, given: T): T;
  /** An object that is observed. */
  over<T extends object>(what: string, observed: T): T;
  /** What an observed object is seen through, where that is not the object itself: a list of tasks. */
  through<T extends object>(what: string, view: T): T;
  /** A function that is going to be observed: a processor, a handler, a task. */
  handler<F extends (...args: never[]) => unknown>(what: string, given: F): F;
}

export const BARE: Hands = {
  beneath: (_, given) => given,
  over: (_, observed) => observed,
  through: (_, view) => view,
  handler: (_, given) => given,
};

/** Has an object observed. */
export function held<T extends object>(hands: Hands, what: string, given: T, observe: (given: T) => T): T {
  return hands.over(what, observe(hands.beneath(what, given)));
}
