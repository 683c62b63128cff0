import type { AbandonReason } from './job.js';

/** How the life of a job ended; without a reason well. Moments in epoch milliseconds. */
export interface EndOfLife {
  readonly at: number;
  readonly reason?: AbandonReason | undefined;
  readonly runnableAt?: number | undefined;
}

/** Of one generation, of which there are two at most. */
const KEPT = 5000;
const KEPT_BYTES = 4 * 1024 * 1024;

/**
 * Ends that were emitted lately, by job: the last 5,000 at least and 10,000 at most, less where ids are long. Every job has one, so this
 * is no `Recent`: a map that loses its first entry again and again is slow, and generations are not. What is kept has no texts of the app's.
 */
export class RecentEnds<T extends object = EndOfLife> {
  #young = new Map<string, T>();
  #old = new Map<string, T>();
  #bytes = 0;

  get(id: string): T | undefined {
    return this.#young.get(id) ?? this.#old.get(id);
  }

  keep(id: string, end: T): void {
    this.#young.set(id, end);
    this.#bytes += id.length;
    if (this.#young.size < KEPT && this.#bytes < KEPT_BYTES) return;
    this.#old = this.#young;
    this.#young = new Map();
    this.#bytes = 0;
  }

  forget(id: string): void {
    this.#young.delete(id);
    this.#old.delete(id);
  }
}
