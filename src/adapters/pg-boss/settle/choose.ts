import type { ObservedBoss } from '../boss-state.js';
import { byBelieving } from './by-believing.js';
import { ByCompleting } from './by-completing.js';
import { byLooking } from './by-looking.js';
import { byTouching } from './by-touching.js';
import type { WayOfSettling } from './way.js';

/** How one `work()` settles. */
export interface WorkerSettling {
  /** The handler answers with a result for each job. */
  readonly perJobResults: boolean;
  /** Handler and completion commit together: nothing may be settled beside them. */
  readonly transactional: boolean;
}

/** How a worker finds out what became of its jobs. */
export interface Chosen {
  /** What is done for that, where pg-boss's own settling can not be heard, or comes too late. */
  readonly way: () => WayOfSettling;
  /** Whether it can be heard. */
  readonly hears: () => boolean;
}

/**
 * The way of a worker, chosen once. What is returned gives it for the moment: the box may be disabled for a while, and only a handler
 * that runs shows whose spans there are.
 */
export function chooseWay(
  observed: ObservedBoss,
  queue: string,
  { perJobResults, transactional }: WorkerSettling,
): Chosen {
  const { settle, core } = observed;
  const believing = byBelieving(observed);
  if (settle === 'approximate' || transactional) return { way: () => believing, hears: () => false };
  const asking = settle === 'look' ? byLooking(observed, queue) : byTouching(observed, queue);
  const best = settle === 'look' || perJobResults ? asking : new ByCompleting(observed, queue);
  return {
    way: () => {
      if (!core.enabled()) return believing;
      // Where pg-boss measures its own commands, it would count a second one.
      return observed.spans === 'engine' ? asking : best;
    },
    hears: () =>
      observed.answers?.areHeard === true && !perJobResults && observed.spans === 'ours' && core.enabled(),
  };
}
