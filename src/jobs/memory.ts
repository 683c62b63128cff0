import type { Carrier } from './carrier.js';
import { Recent } from './recent.js';

/** What is known of the attempt before: for the link to it, and for the wait of a retry. */
export interface PreviousAttempt {
  /** `attempt.carrier` of that attempt. */
  readonly carrier: Carrier;
  readonly number?: number | undefined;
  /** Epoch milliseconds: when the retry could run. */
  readonly retryAt?: number | undefined;
}

/** The last attempts of jobs that this process ran, by job id. */
export class AttemptMemory {
  readonly #attempts = new Recent<PreviousAttempt>();

  keep(jobId: string | undefined, attempt: PreviousAttempt): void {
    if (jobId !== undefined) this.#attempts.keep(jobId, attempt);
  }

  of(jobId: string | undefined): PreviousAttempt | undefined {
    return jobId === undefined ? undefined : this.#attempts.get(jobId);
  }

  forget(jobId: string | undefined): void {
    if (jobId !== undefined) this.#attempts.forget(jobId);
  }
}
