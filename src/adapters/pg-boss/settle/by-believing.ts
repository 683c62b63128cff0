import type { ObservedBoss } from '../boss-state.js';
import { lifeOf } from '../stalls.js';
import type { IsHeld, WayOfSettling } from './way.js';
import { asking } from './way.js';

/** Asks nobody, and takes what the handler did for the outcome. */
export function byBelieving(observed: ObservedBoss): WayOfSettling {
  const held = believed(observed);
  return asking(async () => held);
}

/** Counts every job as still held by its attempt. */
export function believed({ lives }: ObservedBoss): IsHeld {
  return ({ job }) => {
    // The supervisor may end the last attempt again later: it is the same end.
    if (job.retryCount >= job.retryLimit) lives.keep(lifeOf(job.id, job.retryCount + 1), true);
    return true;
  };
}

/** What a look found out. If it fails, believes the handler. */
export async function orBelieved(observed: ObservedBoss, look: () => Promise<IsHeld>): Promise<IsHeld> {
  try {
    return await look();
  } catch (error) {
    observed.core.report('pg-boss:look', 'a claim could not be read: signalbox believes the handler', error);
    return believed(observed);
  }
}
