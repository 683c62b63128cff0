import { claim, observers } from '../common/claim.js';
import type { GraphileAdapter } from './adapter.js';

/**
 * Makes the adapter the one that observes an object. False where it is observed already; where that is by another one and `what` names
 * the object, as in "this runner is", that is reported.
 */
export function claimed(adapter: GraphileAdapter, target: object, what?: string): boolean {
  if (claim(target, adapter)) return true;
  if (what !== undefined && observers().get(target) !== adapter)
    adapter.reportThat(
      `observed:${what}`,
      `${what} observed already, by another box or another graphileJobs(), and left to that one (schema '${adapter.home.name}'). Give each to one of them`,
    );
  return false;
}
