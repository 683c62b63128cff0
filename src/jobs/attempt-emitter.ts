import type { Context } from '@opentelemetry/api';
import type { BoundBox, Core } from '../box/core.js';
import type { DescribedError } from '../emission/describe-error.js';
import type { AnySignal } from '../signal/signal.js';
import type { AttemptStart } from './attempt-start.js';
import { maxAttemptsOf } from './attempt-start.js';
import type { Carried } from './baggage.js';
import type { Runs } from './current-box.js';
import { OF_JOB } from './current-box.js';
import type { JobInfo } from './job.js';
import {
  JOB_COMPLETED,
  JOB_DEFERRED,
  JOB_FAILED,
  JOB_OVERRUN,
  JOB_PROGRESS,
  JOB_RETRYING,
  JOB_STARTED,
} from './job-signals.js';
import type { QueueState } from './queue-state.js';
import { emitOfJob, jobValues } from './queue-state.js';
import { typeLabel, typeOf } from './type-label.js';
import type { Worker } from './workers.js';

/** What an attempt took: left out where its span ended before. */
export interface Took {
  readonly duration: number | undefined;
  /** What `messaging.process.duration` measures. */
  readonly processTime: number | undefined;
}

/** What an attempt says of itself in its signals. Moments in epoch milliseconds, durations in milliseconds. */
export abstract class AttemptSignals implements Runs {
  readonly #queue: QueueState;
  readonly #job: JobInfo;
  readonly #label: string | undefined;
  readonly #number: number | undefined;
  readonly #maxAttempts: number | undefined;
  readonly #worker: Worker | undefined;
  readonly #carried: Carried | null;
  #box: BoundBox | undefined;

  constructor({ state, info, worker, carried, clock }: AttemptStart) {
    const { job, number } = info;
    clock.owner = this;
    this.#carried = carried;
    this.#queue = state;
    this.#job = job;
    this.#label = typeLabel(state, job.type);
    this.#number = number;
    this.#maxAttempts = maxAttemptsOf(info);
    this.#worker = worker;
  }

  /** The context in which the signals are emitted. */
  abstract get emitIn(): Context;
  /** What the span of that context says already. */
  abstract get says(): ReadonlySet<string> | undefined;

  get queue(): QueueState {
    return this.#queue;
  }

  get job(): JobInfo {
    return this.#job;
  }

  /** The label of the job's type, as the attempt knew it when it began. */
  get label(): string | undefined {
    return this.#label;
  }

  get number(): number | undefined {
    return this.#number;
  }

  get worker(): Worker | undefined {
    return this.#worker;
  }

  get carried(): Carried | null {
    return this.#carried;
  }

  boxOf(core: Core): BoundBox | undefined {
    const queue = this.#queue;
    if (core !== queue.core) return undefined;
    if (!this.#box) {
      const job = this.#job;
      const values = {
        queue: queue.name,
        namespace: queue.namespace,
        job_id: job.id,
        job_type: typeOf(queue, job),
        attempt: this.#number,
        worker_id: this.#worker?.id,
      };
      this.#box = core.bound(core.bind(OF_JOB.of(values), this.#carried?.bound));
    }
    return this.#box;
  }

  // One literal holds the two fields that each job has: copying one object into another was the dearest line of a job.

  protected emitStarted(at: number, wait: number | undefined): void {
    const queue = this.#queue;
    const job = this.#job;
    this.#emitAt(JOB_STARTED, at, {
      worker_id: this.#worker?.id,
      job_id: job.id,
      job_type: typeOf(queue, job),
      attempt: this.#number,
      max_attempts: this.#maxAttempts,
      wait,
      queue: queue.name,
      namespace: queue.namespace,
      system: queue.system,
      type_label: this.#label,
    });
  }

  protected emitCompleted(at: number, { duration, processTime }: Took, turnaround: number | undefined): void {
    const queue = this.#queue;
    const job = this.#job;
    this.#emitAt(JOB_COMPLETED, at, {
      worker_id: this.#worker?.id,
      job_id: job.id,
      job_type: typeOf(queue, job),
      duration,
      attempts: this.#number,
      turnaround,
      process_time: processTime,
      queue: queue.name,
      namespace: queue.namespace,
      system: queue.system,
      type_label: this.#label,
    });
  }

  protected emitFailed(
    at: number,
    { duration, processTime }: Took,
    error: DescribedError,
    willRetry: boolean,
  ): void {
    this.#emit(JOB_FAILED, at, {
      attempt: this.#number,
      error,
      max_attempts: this.#maxAttempts,
      will_retry: willRetry,
      error_label: this.#queue.core.errorLabel(error.type),
      duration,
      process_time: processTime,
    });
  }

  protected emitRetrying(at: number, error: DescribedError, delayMillis: number | undefined): void {
    const number = this.#number;
    this.#emit(JOB_RETRYING, at, {
      attempt: number,
      retry_delay: delayMillis,
      next_attempt: number === undefined ? undefined : number + 1,
      max_attempts: this.#maxAttempts,
      error,
      error_label: this.#queue.core.errorLabel(error.type),
    });
  }

  protected emitDeferred(at: number, reason: unknown, delayMillis: unknown): void {
    this.#emit(JOB_DEFERRED, at, { reason, delay: delayMillis });
  }

  protected emitOverrun(at: number, duration: number): void {
    this.#emit(JOB_OVERRUN, at, { attempt: this.#number, duration });
  }

  protected emitProgress(at: number, progress: number | undefined, reports: number): void {
    this.#emit(JOB_PROGRESS, at, { attempt: this.#number, progress, reports });
  }

  #emit(signal: AnySignal, at: number, values: object): void {
    const common = jobValues(this.#queue, this.#job);
    const own = { worker_id: this.#worker?.id, type_label: this.#label };
    this.#emitAt(signal, at, Object.assign(values, common, own));
  }

  #emitAt(signal: AnySignal, timestamp: number, values: object): void {
    const place = { context: this.emitIn, spanSays: this.says, timestamp };
    // Its own, which is none of its context where a batch shares that.
    if (this.#carried) emitOfJob(this.#queue, signal, values, place, this.#carried);
    else this.#queue.core.emit(signal, values, place);
  }
}
