import { Recent } from '../../jobs/recent.js';

/** The ends and stalls that were told here, so that a second look tells none of them again. */
export class Told {
  // Apart, since the rows of completed jobs are gone at once, and there are many of them: those of dead jobs stay.
  readonly #completed = new Recent<true>();
  readonly #ends = new Recent<true>();
  readonly #stalls = new Recent<true>();
  readonly #lists: Set<string>[] = [];

  completed(jobId: string): void {
    this.#completed.keep(jobId, true);
  }

  /** A bad end. True the first time for a job. */
  end(jobId: string): boolean {
    return !this.#completed.has(jobId) && first(this.#ends, jobId);
  }

  /** Whether its bad end was told here, lately. */
  ended(jobId: string): boolean {
    return this.#ends.has(jobId);
  }

  /** True the first time for an attempt of a job. */
  stall(jobId: string, attempt: number): boolean {
    return first(this.#stalls, `${jobId}:${attempt}`);
  }

  /** Whether it was told that this attempt stalled. */
  stalled(jobId: string, attempt: number): boolean {
    return this.#stalls.has(`${jobId}:${attempt}`);
  }

  /** A list of dead jobs that its holder keeps: those that live again leave it. */
  listOfDead(): Set<string> {
    const list = new Set<string>();
    this.#lists.push(list);
    return list;
  }

  /** The job lives again: it may stall and end again. */
  revived(jobId: string, attempts: number): void {
    this.#ends.forget(jobId);
    for (let attempt = 1; attempt <= attempts; attempt++) this.#stalls.forget(`${jobId}:${attempt}`);
    for (const list of this.#lists) list.delete(jobId);
  }
}

function first(kept: Recent<true>, key: string): boolean {
  if (kept.has(key)) return false;
  kept.keep(key, true);
  return true;
}
