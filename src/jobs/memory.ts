import type { Carrier } from './carrier.js';

/** What is known of the attempt before: for the link to it, and for the wait of a retry. */
export interface PreviousAttempt {
  /** `attempt.carrier` of that attempt. */
  readonly carrier: Carrier;
  readonly number?: number | undefined;
  /** Epoch milliseconds: when the retry could run. */
  readonly retryAt?: number | undefined;
}

const KEPT = 10_000;

/** The last attempts of jobs that this process ran, by job id: bounded, the oldest forgotten first. */
export class AttemptMemory {
  readonly #attempts = new Map<string, PreviousAttempt>();

  keep(jobId: string | undefined, attempt: PreviousAttempt): void {
    if (jobId === undefined) return;
    this.#attempts.delete(jobId);
    if (this.#attempts.size >= KEPT) {
      const oldest = this.#attempts.keys().next();
      if (!oldest.done) this.#attempts.delete(oldest.value);
    }
    this.#attempts.set(jobId, attempt);
  }

  of(jobId: string | undefined): PreviousAttempt | undefined {
    return jobId === undefined ? undefined : this.#attempts.get(jobId);
  }

  forget(jobId: string | undefined): void {
    if (jobId !== undefined) this.#attempts.delete(jobId);
  }
}
