import { claim, observers } from '../common/claim.js';
import type { GraphileAdapter } from './adapter.js';

/**
 * Makes the adapter the observer of an object. Returns false if the object has an observer already. If that is another adapter, and `what` names the
 * object, as in "this runner is", signalbox reports it.
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
