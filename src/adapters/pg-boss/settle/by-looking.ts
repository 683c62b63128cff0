import type { ObservedBoss } from '../observed-boss.js';
import { believed, orBelieved } from './by-believing.js';
import type { HandledJob, IsHeld, WayOfSettling } from './way.js';

/** Reads the rows just before pg-boss settles the jobs, for versions that know no attempts: ours is a row that runs, in no later attempt. */
export class ByLooking implements WayOfSettling {
  readonly settles = false;
  readonly #observed: ObservedBoss;
  readonly #queue: string;

  constructor(observed: ObservedBoss, queue: string) {
    this.#observed = observed;
    this.#queue = queue;
  }

  completed(open: readonly HandledJob[]): Promise<IsHeld> {
    return this.#look(open);
  }

  failed(open: readonly HandledJob[]): Promise<IsHeld> {
    return this.#look(open);
  }

  #look(open: readonly HandledJob[]): Promise<IsHeld> {
    return orBelieved(this.#observed, async () => {
      const ids = open.map(({ job }) => job.id);
      const rows = await this.#observed.table.fetched(this.#queue, ids);
      if (!rows) return believed(this.#observed);
      const found = new Map(rows.map((row) => [row.id, row]));
      return ({ job }) => {
        const row = found.get(job.id);
        return row?.state === 'active' && row.retryCount === job.retryCount;
      };
    });
  }
}
