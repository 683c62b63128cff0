import { Recent } from '../../jobs/recent.js';

/** The ends and stalls that were told here, so that a second look tells none of them again. */
export class Told {
  readonly #ends = new Recent<true>();
  readonly #stalls = new Recent<true>();

  /** True the first time for a job. */
  end(jobId: string): boolean {
    return first(this.#ends, jobId);
  }

  /** True the first time for an attempt of a job. */
  stall(jobId: string, attempt: number): boolean {
    return first(this.#stalls, `${jobId}:${attempt}`);
  }

  /** The job lives again: it may stall and end again. */
  revived(jobId: string, attempts: number): void {
    this.#ends.forget(jobId);
    for (let attempt = 1; attempt <= attempts; attempt++) this.#stalls.forget(`${jobId}:${attempt}`);
  }
}

function first(kept: Recent<true>, key: string): boolean {
  if (kept.has(key)) return false;
  kept.keep(key, true);
  return true;
}
