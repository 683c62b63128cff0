import type { ObservedBoss } from '../boss-state.js';
import { believed, orBelieved } from './by-believing.js';
import type { WayOfSettling } from './way.js';
import { asking } from './way.js';

/**
 * Reads the rows just before pg-boss settles the jobs, for versions that do not settle by attempt. An attempt still holds its job if the row is
 * active, and of no later attempt.
 */
export function byLooking(observed: ObservedBoss, queue: string): WayOfSettling {
  return asking((open) =>
    orBelieved(observed, async () => {
      const ids = open.map(({ job }) => job.id);
      const rows = await observed.table.fetched(queue, ids);
      if (!rows) return believed(observed);
      const found = new Map(rows.map((row) => [row.id, row]));
      return ({ job }) => {
        const row = found.get(job.id);
        return row?.state === 'active' && row.retryCount === job.retryCount;
      };
    }),
  );
}
