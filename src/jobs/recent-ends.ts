import type { AbandonReason } from './job.js';

/** How the life of a job ended. Without a reason, it ended well. Moments in epoch milliseconds. */
export interface EndOfLife {
  readonly at: number;
  readonly reason?: AbandonReason | undefined;
  readonly runnableAt?: number | undefined;
}

/** Of one generation, of which there are two at most. */
const KEPT = 5000;
const KEPT_BYTES = 4 * 1024 * 1024;

/**
 * The ends that were emitted last, by job: from 5,000 to 10,000, fewer if ids are long. Every job has an end, so this class uses two generations
 * and not `Recent`: a map is slow if its first entry is deleted again and again. The entries hold no texts of the app's.
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
