import type { Job } from 'bullmq';
import type { Carrier, QueueTelemetry } from '../../jobs/index.js';
import type { Adapter, Remembered } from './adapter.js';
import { keyOf } from './adapter.js';
import { withoutText } from './engine-error.js';
import { maxAttemptsOf } from './job-facts.js';
import { leaveNote } from './note.js';
import { afterFailure, deferralOf } from './outcome.js';
import type { Start } from './start.js';

/** A job that a worker of this process has. It is settled by BullMQ's word, never by what its handler did. */
export class RunningJob {
  readonly job: Job;
  readonly #adapter: Adapter;
  readonly #queue: QueueTelemetry;
  readonly #start: Start;
  readonly #signal: AbortSignal | undefined;
  readonly #closed: (running: RunningJob) => void;
  /** Not known of a handler in another process or thread. */
  #did: 'threw' | 'returned' | undefined;
  #endedAt: number | undefined;
  #deadline: ReturnType<typeof setTimeout> | undefined;

  constructor(
    adapter: Adapter,
    queue: QueueTelemetry,
    job: Job,
    start: Start,
    signal: AbortSignal | undefined,
    /** Called when its span has ended. */
    closed: (running: RunningJob) => void,
  ) {
    this.job = job;
    this.#adapter = adapter;
    this.#queue = queue;
    this.#start = start;
    this.#signal = signal;
    this.#closed = closed;
  }

  /** Of its span. */
  get carrier(): Carrier {
    return this.#start.attempt.carrier;
  }

  /** Runs the handler in its context. No method of this: each frame of ours takes one of the app's from the handler's errors. */
  get run(): <T>(handler: () => T) => T {
    const { attempt } = this.#start;
    return attempt.run.bind(attempt);
  }

  /** The handler threw: BullMQ takes some errors for the word that the job was put back. */
  threw(error: unknown): void {
    this.#did = 'threw';
    const reason = deferralOf(error);
    if (reason !== undefined) this.deferred(reason);
    else this.leavesNote(this.#queue.now());
  }

  /** Where links are to be persisted: the next attempt's, should one follow. */
  leavesNote(failedAt?: number): void {
    if (!this.#adapter.persistsLinks) return;
    const { attempt, number, starts } = this.#start;
    const mayFollow = number < maxAttemptsOf(this.job.opts);
    leaveNote(this.job, mayFollow ? { carrier: attempt.carrier, number, starts, failedAt } : undefined);
  }

  /** The handler has ended; BullMQ's word should follow. Where it does not within this time, the job's lock is gone with it. */
  handlerEnded(withinMillis: number): void {
    this.#did ??= 'returned';
    if (this.#start.attempt.settled) return;
    this.#endedAt = this.#queue.now();
    this.#deadline = setTimeout(() => this.lost(), withinMillis);
    this.#deadline.unref?.();
  }

  deferred(reason: string): void {
    const { before, number, attempt } = this.#start;
    const delayMillis = reason === 'delayed' ? this.job.delay : undefined;
    attempt.deferred({ reason, delayMillis });
    this.#remember({
      carrier: before?.carrier ?? {},
      number: before?.number ?? number - 1,
      retryAt: delayMillis === undefined ? undefined : this.#queue.now() + delayMillis,
    });
    this.#close();
  }

  completed(): void {
    this.#start.attempt.completed();
    this.#over();
  }

  failed(error: unknown, maxStarts: number | undefined): void {
    const { attempt, number } = this.#start;
    const after = afterFailure(this.job, error, { cancelled: this.#signal?.aborted ?? false, maxStarts });
    // What the handler did not throw was thrown by BullMQ: on storing what it returned.
    attempt.failed(this.#did === 'returned' ? withoutText(error) : error, after);
    if (!after.retry) {
      this.#over();
      return;
    }
    const failedAt = this.#endedAt ?? this.#queue.now();
    this.#remember({ carrier: attempt.carrier, number, retryAt: failedAt + (after.delayMillis ?? 0) });
    this.#close();
  }

  lost(): void {
    const { attempt, number } = this.#start;
    if (!attempt.settled) {
      attempt.lost();
      this.#remember({ carrier: attempt.carrier, number, retryAt: undefined });
    }
    this.#close();
  }

  #remember(before: Pick<Remembered, 'carrier' | 'number' | 'retryAt'>): void {
    const { starts, firstRunnableAt } = this.#start;
    this.#adapter.memory.keep(this.#key, { ...before, starts, firstRunnableAt });
  }

  #over(): void {
    this.#adapter.memory.forget(this.#key);
    this.#adapter.ended.keep(this.#key, this.job.timestamp);
    this.#close();
  }

  #close(): void {
    clearTimeout(this.#deadline);
    this.#closed(this);
  }

  get #key(): string {
    return keyOf(this.job.queueQualifiedName, this.job.id);
  }
}
