import type { ObservedBoss } from '../boss-state.js';
import { orBelieved } from './by-believing.js';
import type { WayOfSettling } from './way.js';
import { asking, claimsOf, heldBy } from './way.js';

/** Touches the claims just before pg-boss settles the jobs: it answers for the attempts that are still ours. */
export function byTouching(observed: ObservedBoss, queue: string): WayOfSettling {
  return asking((open) =>
    orBelieved(observed, async () => heldBy(await observed.engine.touch(queue, claimsOf(open)), open)),
  );
}
