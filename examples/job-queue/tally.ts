import type { Entry } from './ledger.js';

/** What became of the jobs of one type. */
export interface TypeTally {
  accepted: number;
  rejected: number;
  attempts: number;
  returned: number;
  /** Attempts that threw or timed out. */
  failed: number;
  /** Attempts after the first. */
  retries: number;
  /** How long the attempts took in all, in milliseconds; those that were cut off count up to then. */
  workMillis: number;
}

/** Adds up a ledger, by type of job. */
export class Tally {
  readonly #types = new Map<string, TypeTally>();
  readonly #running = new Map<string, number>();

  /** In the order of their first entry. */
  get types(): ReadonlyMap<string, TypeTally> {
    return this.#types;
  }

  readonly add = (entry: Entry): void => {
    const tally = this.#of(entry.type);
    switch (entry.fact) {
      case 'accepted':
        tally.accepted++;
        break;
      case 'rejected':
        tally.rejected++;
        break;
      case 'began':
        tally.attempts++;
        if (entry.attempt > 1) tally.retries++;
        this.#running.set(entry.job, entry.at);
        break;
      case 'returned':
        tally.returned++;
        this.#ended(tally, entry);
        break;
      case 'threw':
      case 'timed_out':
        tally.failed++;
        this.#ended(tally, entry);
        break;
    }
  };

  #ended(tally: TypeTally, { job, at }: Entry): void {
    tally.workMillis += at - (this.#running.get(job) ?? at);
    this.#running.delete(job);
  }

  #of(type: string): TypeTally {
    let tally = this.#types.get(type);
    if (tally === undefined) {
      tally = {
        accepted: 0,
        rejected: 0,
        attempts: 0,
        returned: 0,
        failed: 0,
        retries: 0,
        workMillis: 0,
      };
      this.#types.set(type, tally);
    }
    return tally;
  }
}
