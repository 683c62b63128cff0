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

/** Who runs a job: a processor, one in a child, or whoever asked the worker for it. */
export type Runner = 'processor' | 'child' | 'hand';

/** The worker that a job was given to. */
export interface Holder {
  /** When jobs are taken for lost. */
  readonly deadlines: Deadlines<RunningJob>;
  /** What its store gave with the end of a job, to whoever ended that by hand. */
  follows(before: Job, next: unknown): void;
}

/** What a worker knows of a job that it has. */
export interface RunningInfo {
  readonly holder: Holder;
  readonly runner: Runner;
  readonly signal: AbortSignal | undefined;
  readonly maxStarts: number | undefined;
  /** Called when its span has ended; BullMQ may still settle one that is not settled, but lost. */
  closed(running: RunningJob, isSettled: boolean): void;
}

/** A job that a worker of this process has. It is settled by BullMQ's word, never by what its handler did. */
export class RunningJob {
  readonly job: Job;
  /** Of its job, in this process. */
  readonly key: string;
  readonly #adapter: BullMQAdapter;
  readonly #queue: QueueTelemetry;
  readonly #start: Start;
  readonly #info: RunningInfo;
  #runner: Runner;
  /** Not known of a handler in another process or thread, nor of one by hand. */
  #did: 'threw' | 'returned' | undefined;
  /** Its handler has put the job back, and goes on. */
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

  /** Who runs it; undefined where its handler has ended, and BullMQ does the rest. */
  get runner(): Runner | undefined {
    return this.#did === undefined ? this.#runner : undefined;
  }

  get holder(): Holder {
    return this.#info.holder;
  }

  /** Of its span. */
  get carrier(): Carrier {
    return this.#start.attempt.carrier;
  }

  get attempt(): StartedAttempt {
    return this.#start.attempt;
  }

  /** Another has it from now on: what was asked for by hand may be given to the worker's own processor. */
  goesTo(runner: Runner): void {
    this.#runner = runner;
    this.holder.deadlines.clear(this);
  }

  /** The handler threw: BullMQ takes some errors for the word that the job was put back. */
  threw(error: unknown): void {
    this.#did = 'threw';
    const reason = deferralOf(error) ?? this.#putBack?.reason;
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
    this.#start.attempt.left();
    if (this.#start.attempt.settled) return;
    this.#endedAt = this.#queue.now();
    // What is put back is no more of this start, whatever its handler says of it.
    if (this.#putBack) this.deferred(this.#putBack.reason);
    else this.lostAfter(withinMillis);
  }

  /** Its lock lasts for this time, where nobody says more. */
  lostAfter(millis: number): void {
    const { deadlines } = this.holder;
    if (this.#start.attempt.settled) deadlines.clear(this);
    else deadlines.set(this, millis);
  }

  /** The job was put back by its own methods: where a processor did that, the start ends with it. */
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

  /** BullMQ said that it failed: its Job says what follows. */
  failed(error: unknown): void {
    const after = afterFailure(this.job, error, this.circumstances);
    // What the handler did not throw was thrown by BullMQ: on storing what it returned.
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
    // Where another command was its job's end, its span is still open.
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
