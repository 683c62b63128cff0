import type { SpanContext } from '@opentelemetry/api';
import { Recent } from './bounded-map.js';
import type { Carrier } from './carrier.js';

/** The previous attempt: the next one's span links to it, and a retry's wait is measured from it. */
export interface PreviousAttempt {
  /** `attempt.carrier` of that attempt. */
  readonly carrier: Carrier;
  readonly number?: number | undefined;
  /** Epoch milliseconds: when it ended. */
  readonly endedAt?: number | undefined;
  /** Epoch milliseconds: when the retry could run. */
  readonly retryAt?: number | undefined;
}

/** An attempt that ran in this process. It keeps the span itself, because a carrier may not name it. */
export interface RememberedAttempt {
  readonly span: SpanContext | undefined;
  readonly number?: number | undefined;
  /** Epoch milliseconds: when it ended. */
  readonly endedAt?: number | undefined;
  /** Epoch milliseconds: when the retry could run. */
  readonly retryAt?: number | undefined;
  /** The engine took the job away. It may then give the next attempt the same number. */
  readonly lost?: boolean | undefined;
}

/** What this process saw of jobs that have not ended, by job id. */
export class JobMemory {
  readonly #attempts = new Recent<RememberedAttempt>();
  readonly #enqueues = new Recent<SpanContext>();

  /** The last attempt. */
  keep(jobId: string | undefined, attempt: RememberedAttempt): void {
    if (jobId !== undefined) this.#attempts.keep(jobId, attempt);
  }

  /** The attempt before that number. One of another number was before others, of other processes or of an earlier job of that id. */
  before(jobId: string | undefined, number: number | undefined): RememberedAttempt | undefined {
    const last = jobId === undefined ? undefined : this.#attempts.get(jobId);
    if (!last || last.number === undefined || number === undefined) return last;
    return number === last.number + 1 || (last.lost && number === last.number) ? last : undefined;
  }

  /** The span of an enqueue whose carrier does not name it. */
  keepEnqueue(jobId: string | undefined, span: SpanContext): void {
    if (jobId !== undefined) this.#enqueues.keep(jobId, span);
  }

  enqueueOf(jobId: string | undefined): SpanContext | undefined {
    return jobId === undefined ? undefined : this.#enqueues.get(jobId);
  }

  /** The job has ended. */
  forget(jobId: string | undefined): void {
    if (jobId === undefined) return;
    this.#attempts.forget(jobId);
    this.#enqueues.forget(jobId);
  }

  /** Forgets an enqueue that put no job in. It keeps another of the same id that did. */
  forgetEnqueue(jobId: string | undefined, span: SpanContext): void {
    if (jobId === undefined) return;
    // The memory holds a copy, so ids are compared.
    const kept = this.#enqueues.get(jobId);
    if (kept?.spanId === span.spanId && kept.traceId === span.traceId) this.#enqueues.forget(jobId);
  }
}
