import type { ObservedBoss } from '../boss-state.js';
import { lifeOf } from '../stalls.js';
import type { IsHeld, WayOfSettling } from './way.js';
import { asking } from './way.js';

/** Asks nobody: what the handler did is taken for the outcome. */
export function byBelieving(observed: ObservedBoss): WayOfSettling {
  const held = believed(observed);
  return asking(async () => held);
}

/** Every job counts as still ours. */
export function believed({ lives }: ObservedBoss): IsHeld {
  return ({ job }) => {
    // The supervisor may end the last attempt again later: that is no other end.
    if (job.retryCount >= job.retryLimit) lives.keep(lifeOf(job.id, job.retryCount + 1), true);
    return true;
  };
}

/** What a look found out; where it fails, the handler is believed. */
export async function orBelieved(observed: ObservedBoss, look: () => Promise<IsHeld>): Promise<IsHeld> {
  try {
    return await look();
  } catch (error) {
    observed.core.report('pg-boss:look', 'a claim could not be looked at: the handler is believed', error);
    return believed(observed);
  }
}
