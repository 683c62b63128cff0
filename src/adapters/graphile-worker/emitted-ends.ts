import { Recent } from '../../jobs/bounded-map.js';

/** A bad end. */
interface End {
  /** How many bad ends had been emitted, this one included. */
  readonly count: number;
  /** For a failed attempt: when it got its lock, which it keeps until the failure is written. */
  readonly lockedAt: number | undefined;
}

/** The ends and stalls that this process emitted, so that a second look does not emit them again. */
export class EmittedEnds {
  // Keep completed jobs apart: there are many of them, and their rows are gone at once. The rows of dead jobs stay.
  readonly #completed = new Recent<true>();
  readonly #ends = new Recent<End>();
  readonly #stalls = new Recent<true>();
  readonly #lists: Set<string>[] = [];
  #count = 0;

  completed(jobId: string): void {
    this.#completed.keep(jobId, true);
  }

  /** Notes a bad end. `lockedAt` (epoch milliseconds by the database's clock) if the lock may not be off yet. True the first time for a job. */
  end(jobId: string, lockedAt?: number): boolean {
    if (this.#completed.has(jobId) || this.#ends.has(jobId)) return false;
    this.#ends.keep(jobId, { count: ++this.#count, lockedAt });
    return true;
  }

  /** Whether this process has emitted the job's bad end lately. */
  ended(jobId: string): boolean {
    return this.#ends.has(jobId);
  }

  /** How many bad ends were emitted until now. */
  get count(): number {
    return this.#count;
  }

  /** Whether a living job has come back, as seen when `count` ends had been emitted. False if the engine has yet to write it as dead. */
  cameBack(jobId: string, lockedAt: number | undefined, count: number): boolean {
    const end = this.#ends.get(jobId);
    if (end === undefined || end.count > count) return false;
    return lockedAt === undefined || lockedAt !== end.lockedAt;
  }

  /** True the first time for an attempt of a job. */
  stall(jobId: string, attempt: number): boolean {
    return first(this.#stalls, `${jobId}:${attempt}`);
  }

  /** Whether a stall of this attempt was emitted. */
  stalled(jobId: string, attempt: number): boolean {
    return this.#stalls.has(`${jobId}:${attempt}`);
  }

  /** A list of dead jobs for its holder to fill. Jobs that live again leave it. */
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
