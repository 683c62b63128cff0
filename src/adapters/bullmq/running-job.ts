import type { Job } from 'bullmq';
import type { StartedAttempt } from '../../jobs/attempt.js';
import type { AfterFailure, Carrier, QueueTelemetry } from '../../jobs/index.js';
import type { BullMQAdapter, Remembered } from './adapter.js';
import { endedNow, maxAttemptsOf } from './job-facts.js';
import { leaveNote } from './link-note.js';
import type { Deadlines } from './lock-deadlines.js';
import { afterFailure, deferralOf } from './outcome.js';
import { withoutText } from './reject-reason.js';
import type { Start } from './start-attempt.js';

/** Who runs a job: a processor, a processor in a child, or the app that asked the worker for it by hand. */
export type Runner = 'processor' | 'child' | 'hand';

/** The worker that has a job. */
export interface Holder {
  /** When its jobs count as lost. */
  readonly deadlines: Deadlines<RunningJob>;
  /** Takes the job that the store returned when the app ended `before` by hand. */
  follows(before: Job, next: unknown): void;
}

/** What a worker knows of a job that it has. */
export interface RunningInfo {
  readonly holder: Holder;
  readonly runner: Runner;
  readonly signal: AbortSignal | undefined;
  readonly maxStarts: number | undefined;
  /** Called when the span has ended. A job that is not settled is lost, and BullMQ may still settle it. */
  closed(running: RunningJob, isSettled: boolean): void;
}

/** A job that a worker of this process has. BullMQ's word settles it, never what its handler did. */
export class RunningJob {
  readonly job: Job;
  /** The job's key in this process. */
  readonly key: string;
  readonly #adapter: BullMQAdapter;
  readonly #queue: QueueTelemetry;
  readonly #start: Start;
  readonly #info: RunningInfo;
  #runner: Runner;
  /** Undefined until the handler ends. Never known of a handler in a child, nor of a job in the app's hands. */
  #did: 'threw' | 'returned' | undefined;
  /** Set if the handler has put the job back and goes on. */
  #putBack: { readonly reason: string; readonly delayMillis: number | undefined } | undefined;
  #endedAt: number | undefined;

  constructor(adapter: BullMQAdapter, queue: QueueTelemetry, job: Job, start: Start, info: RunningInfo) {
    this.job = job;
    this.key = start.key;
    this.#adapter = adapter;
    this.#queue = queue;
    this.#start = start;
    this.#info = info;
    this.#runner = info.runner;
  }

  /** Who runs it. Undefined if its handler has ended: BullMQ does the rest. */
  get runner(): Runner | undefined {
    return this.#did === undefined ? this.#runner : undefined;
  }

  get holder(): Holder {
    return this.#info.holder;
  }

  /** The carrier of its span. */
  get carrier(): Carrier {
    return this.#start.attempt.carrier;
  }

  get attempt(): StartedAttempt {
    return this.#start.attempt;
  }

  /** Another runner has the job from now on. The app may give a job that it asked for by hand to the worker's own processor. */
  goesTo(runner: Runner): void {
    this.#runner = runner;
    this.holder.deadlines.clear(this);
  }

  /** The handler threw. By some errors it tells BullMQ that it has put the job back. */
  threw(error: unknown): void {
    this.#did = 'threw';
    const reason = deferralOf(error) ?? this.#putBack?.reason;
    if (reason !== undefined) this.deferred(reason);
    else this.leavesNote(this.#queue.now());
  }

  /** If links are to be persisted, stores the context that the next attempt links to, if there can be one. */
  leavesNote(failedAt?: number): void {
    if (!this.#adapter.persistsLinks) return;
    const { attempt, number, starts } = this.#start;
    const mayFollow = number < maxAttemptsOf(this.job.opts);
    leaveNote(this.job, mayFollow ? { carrier: attempt.carrier, number, starts, failedAt } : undefined);
  }

  /** The handler has ended, and BullMQ's word should follow. If it does not within this time, the job's lock is gone and the job is lost. */
  handlerEnded(withinMillis: number): void {
    this.#did ??= 'returned';
    this.#start.attempt.left();
    if (this.#start.attempt.settled) return;
    this.#endedAt = this.#queue.now();
    // A job that was put back no longer belongs to this start, whatever its handler does.
    if (this.#putBack) this.deferred(this.#putBack.reason);
    else this.lostAfter(withinMillis);
  }

  /** The job is lost after this time, unless somebody settles it or extends its lock. */
  lostAfter(millis: number): void {
    const { deadlines } = this.holder;
    if (this.#start.attempt.settled) deadlines.clear(this);
    else deadlines.set(this, millis);
  }

  /** The job was put back by its own methods. If a processor did that, the start ends when the processor does. */
  putBack(reason: string, delayMillis: number | undefined): void {
    this.#putBack = { reason, delayMillis };
    if (this.runner !== 'processor') this.deferred(reason);
  }

  deferred(reason: string): void {
    const { before, number, attempt } = this.#start;
    const delayMillis = reason === 'delayed' ? (this.#putBack?.delayMillis ?? this.job.delay) : undefined;
    if (!attempt.settled) attempt.deferred({ reason, delayMillis });
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

  /** BullMQ said that the job failed, and its Job says what follows. */
  failed(error: unknown): void {
    const after = afterFailure(this.job, error, this.circumstances);
    // If the handler returned, BullMQ threw this when it stored the result.
    this.failedWith(this.#did === 'returned' ? withoutText(error) : error, after);
  }

  failedWith(error: unknown, after: AfterFailure): void {
    const { attempt, number } = this.#start;
    attempt.failed(error, after);
    if (!after.retry) {
      this.#over();
      return;
    }
    const failedAt = this.#endedAt ?? this.#queue.now();
    const retryAt = failedAt + (after.delayMillis ?? 0);
    this.#remember({ carrier: attempt.carrier, number, endedAt: failedAt, retryAt });
    this.#close();
  }

  get circumstances(): { readonly cancelled: boolean; readonly maxStarts: number | undefined } {
    const { signal, maxStarts } = this.#info;
    return { cancelled: signal?.aborted ?? false, maxStarts };
  }

  lost(): void {
    const { attempt, number } = this.#start;
    const wasOpen = !attempt.settled;
    // If another command was the job's end, the attempt is settled and its span is still open.
    attempt.lost();
    if (wasOpen) this.#remember({ carrier: attempt.carrier, number, retryAt: undefined });
    this.holder.deadlines.clear(this);
    this.#info.closed(this, false);
  }

  #remember(before: Pick<Remembered, 'carrier' | 'number' | 'endedAt' | 'retryAt'>): void {
    const { starts, firstRunnableAt } = this.#start;
    this.#adapter.memory.keep(this.key, { ...before, starts, firstRunnableAt, isSeen: true });
  }

  #over(): void {
    this.#adapter.memory.forget(this.key);
    this.#adapter.ended.keep(this.key, endedNow(this.job, this.#queue.now()));
    this.#close();
  }

  #close(): void {
    this.holder.deadlines.clear(this);
    this.#info.closed(this, true);
  }
}
