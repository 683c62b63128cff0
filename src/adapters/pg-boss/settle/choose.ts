import type { ObservedBoss } from '../boss-state.js';
import { byBelieving } from './by-believing.js';
import { ByCompleting } from './by-completing.js';
import { byLooking } from './by-looking.js';
import { byTouching } from './by-touching.js';
import type { WayOfSettling } from './way.js';

/** How the workers of one `work()` settle jobs. */
export interface WorkerSettling {
  /** The handler returns a result for each job. */
  readonly perJobResults: boolean;
  /** Handler and completion commit together: signalbox may settle nothing beside them. */
  readonly transactional: boolean;
}

/** How signalbox finds out what became of a worker's jobs. */
export interface Chosen {
  /** Finds it out if pg-boss's own settling can not be heard, or comes too late. */
  readonly way: () => WayOfSettling;
  /** Whether pg-boss's own settling can be heard. */
  readonly hears: () => boolean;
}

/**
 * Chooses the way of a worker. The returned functions answer for the moment in which they are called: the box may be disabled for a while, and only a
 * running handler shows who makes the spans.
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
      // If pg-boss measures its own commands, it would count ours as well.
      return observed.spans === 'engine' ? asking : best;
    },
    hears: () =>
      observed.answers?.areHeard === true && !perJobResults && observed.spans === 'ours' && core.enabled(),
  };
}
