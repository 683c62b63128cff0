import type { ObservedBoss } from '../boss-state.js';
import { orBelieved } from './by-believing.js';
import type { WayOfSettling } from './way.js';
import { asking, claimsOf, heldBy } from './way.js';

/** Touches the claims just before pg-boss settles the jobs. pg-boss's answer names those that their attempts still hold. */
export function byTouching(observed: ObservedBoss, queue: string): WayOfSettling {
  return asking((open) =>
    orBelieved(observed, async () => heldBy(await observed.engine.touch(queue, claimsOf(open)), open)),
  );
}
