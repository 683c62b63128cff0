import { claim, isResting, observerOf } from './claim.js';
import type { Around } from './function-proxy.js';
import type { Observation } from './observation.js';

/** The observation of an object while `owner` observes it: after that calls are made as if it did not. */
export function whileObserver<T extends object>(
  target: T,
  owner: object,
  observation: Observation<T>,
): Observation<T> {
  return gated(observation, () => observerOf(target) === owner);
}

/** The same of one that nobody observes yet: whoever did by when it is used keeps it. */
export function whenUsed<T extends object>(
  target: T,
  owner: object,
  observation: Observation<T>,
): Observation<T> {
  return gated(observation, () => {
    if (!isResting(owner)) claim(target, owner);
    return observerOf(target) === owner;
  });
}

function gated<T extends object>(observation: Observation<T>, isOurs: () => boolean): Observation<T> {
  return Object.fromEntries(
    Object.entries<Around | undefined>(observation).map(([name, around]) => [
      name,
      around && ((...given: Parameters<Around>) => (isOurs() ? around(...given) : given[0](...given[1]))),
    ]),
  ) as Observation<T>;
}
