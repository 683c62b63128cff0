import type { PreviousAttempt } from './attempt-memory.js';
import type { Carrier } from './carrier.js';
import type { AbandonReason, AfterFailure, JobInfo, Relation } from './job.js';
import type { WorkerTelemetry } from './workers.js';

/** What an engine says of an attempt when it begins. Leave out what the engine does not say; never guess. */
export interface AttemptInfo {
  readonly job: JobInfo;
  /** `enqueue.carrier`, as it came with the job. */
  readonly carrier?: Carrier | undefined;
  /** 1-based; counts the starts that count against the maximum. Left out for a start that does not. */
  readonly number?: number | undefined;
  /** `true` where only its end shows whether this start counts: the span then gets its number at the end, and a deferral gets none. */
  readonly countedAtEnd?: boolean | undefined;
  /** Default: the job's. */
  readonly maxAttempts?: number | undefined;
  readonly worker?: WorkerTelemetry | string | undefined;
  /** Epoch milliseconds: when this attempt could have run; the wait is from it. */
  readonly runnableAt?: number | undefined;
  /** Epoch milliseconds: when the job could first have run; the turnaround is from it. Default: `runnableAt` of attempt 1. */
  readonly firstRunnableAt?: number | undefined;
  /**
   * Epoch milliseconds, of one reading of the clock with the other moments here: those stay right then when the system's clock is set.
   * Default: now; moments that were read before the system's clock was set are then not believed.
   */
  readonly startedAt?: number | undefined;
  /** The attempt before, where it is known. Default: what this process remembers of the job. */
  readonly previous?: PreviousAttempt | undefined;
  /** Default: the queue's. */
  readonly relation?: Relation | undefined;
  /** `'active'` where the engine made a span, which is then enriched and never ended. Default `'own'`. */
  readonly span?: 'own' | 'active' | undefined;
  /** `false` where the engine measures `messaging.process.duration` itself. Default `true`. */
  readonly processDuration?: boolean | undefined;
}

/** When an attempt ended. */
export interface EndInfo {
  /** Epoch milliseconds. Default: when `run`'s function ended, else now. */
  readonly endedAt?: number | undefined;
}

/** One execution of a job. Its outcome is what the engine settled, not that the handler returned. */
export interface Attempt {
  /** The carrier of this attempt's span. Give it to the next attempt as `previous.carrier`. */
  readonly carrier: Carrier;
  /** Epoch milliseconds, with fractions. */
  readonly startedAt: number;
  readonly settled: boolean;
  /**
   * Runs the handler exactly once in the attempt's context, whatever the telemetry does, and returns or throws what it does. When it
   * (or its promise) ends, the worker is free again.
   */
  run<T>(fn: () => T): T;
  /**
   * Runs something in the attempt's context that is not its whole handler, as often as there is something to do: the end of `fn` says
   * nothing of the attempt's. For a job that is taken and settled by calls of the app's own.
   */
  within<T>(fn: () => T): T;
  /** The job's good end: JOB_COMPLETED. */
  completed(info?: EndInfo): void;
  /** JOB_FAILED, then JOB_RETRYING or JOB_ABANDONED. */
  failed(error: unknown, after: AfterFailure, info?: EndInfo): void;
  /** Failed by its time limit: `error.type` is `timeout`, and the span ends at the limit. */
  timedOut(limitMillis: number, after: AfterFailure): void;
  /** A start that was no attempt: the engine put the job back. JOB_DEFERRED. */
  deferred(info: { readonly reason: string; readonly delayMillis?: number | undefined } & EndInfo): void;
  /**
   * The engine took the job away (lost lock, forced close); with `abandoned` where that was the job's end. Where the engine does
   * settle it later after all, the first `completed` or `failed` still gives the job's signals and counts, but no longer the span's.
   */
  lost(info?: { readonly abandoned?: AbandonReason | undefined } & EndInfo): void;
  /**
   * It said how far it is: JOB_PROGRESS, at most once a second. A number goes with it, as in `50`; of what else a handler reports, only that it did.
   */
  progress(value?: unknown): void;
  /** It was settled as timed out and its handler still holds its worker: JOB_OVERRUN. */
  overrun(): void;
}
