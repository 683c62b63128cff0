import { AsyncResource } from 'node:async_hooks';
import type { AbandonReason, Enqueue, Monitor, QueueTelemetry, RejectReason } from 'signalbox/jobs';
import { afterFailure } from './after-failure.js';
import { Alarm } from './alarm.js';
import { Backlog } from './backlog.js';
import { now } from './clock.js';
import type { Failure } from './execution.js';
import { Execution } from './execution.js';
import type { Job } from './job.js';
import type { NewJob, ValidJob } from './new-job.js';
import { readNewJob } from './new-job.js';
import type { JobQueueOptions, Settings } from './options.js';
import { readOptions } from './options.js';
import type { Processor } from './processor.js';
import { TimedOut } from './processor.js';
import type { JobCounts } from './roster.js';
import { Roster } from './roster.js';
import type { Slot } from './slots.js';
import { Slots } from './slots.js';

/** What became of a job that was to be enqueued. */
export type Enqueued =
  | { accepted: true /** Epoch ms: from when it may run. */; runnableAt: number }
  | { accepted: false; reason: RejectReason | 'duplicate' };

const SHUTDOWN_MILLIS = 10_000;

/**
 * A job queue in the memory of one process: priorities, delays, retries, time limits, a bounded capacity, and
 * one end for every job that it accepted. All that happens in it is told to a `QueueTelemetry`.
 *
 * @example
 * ```ts
 * const telemetry = createJobs(box).queue('jobs', { capacity: 10 });
 * const queue = new JobQueue({ telemetry, capacity: 10, workers: 3 });
 * queue.register({ type: 'email', process: (job) => send(job.payload) });
 * queue.start();
 * queue.enqueue({ id: 'job-1', type: 'email', payload: { to: 'ada@example.com' } });
 * await queue.idle();
 * await queue.shutdown();
 * ```
 */
export class JobQueue {
  readonly #settings: Settings;
  readonly #telemetry: QueueTelemetry;
  readonly #monitor: Monitor;
  readonly #processors = new Map<string, Processor>();
  readonly #roster: Roster;
  readonly #slots: Slots;
  readonly #deadline = new Alarm(() => this.#cutShort());
  readonly #idlers: (() => void)[] = [];
  #started = false;
  #dispatchPending = false;
  #shutdown: Promise<void> | undefined;

  /** Throws a TypeError when an option is no good. */
  constructor(options: JobQueueOptions) {
    this.#settings = readOptions(options);
    const { telemetry, workers, ageing, monitor } = this.#settings;
    const backlog = new Backlog({ ageing, due: () => this.#changed() });
    this.#telemetry = telemetry;
    this.#roster = new Roster(backlog);
    this.#slots = new Slots(telemetry, workers);
    this.#monitor = telemetry.monitor({
      depth: () => this.counts(),
      oldestAgeMillis: () => backlog.oldestAgeMillis,
      scope: 'queue',
      ...monitor,
    });
  }

  /** Says who does the jobs of a type. Throws a TypeError when someone does already. */
  register(processor: Processor): this {
    const { type } = processor;
    if (this.#processors.has(type))
      throw new TypeError(`'${type}' has a processor already; register one for each type`);
    this.#processors.set(type, processor);
    this.#telemetry.knows(type);
    return this;
  }

  /** Starts the workers. Once: a second call does nothing, nor does one after the shutdown. */
  start(): void {
    if (this.#started || this.#shutdown !== undefined) return;
    this.#started = true;
    this.#slots.start();
    this.#roster.backlog.watch();
    this.#changed();
  }

  /** Takes a job, or says why not. The job never begins before this returns. */
  enqueue(job: NewJob): Enqueued {
    const given = readNewJob(job, now());
    const enqueue = this.#telemetry.enqueue(given.info);
    if (!given.valid) return this.#refuse(enqueue, 'invalid', given.problem);
    const reason = this.#refusal(given.info);
    return reason === undefined ? this.#accept(enqueue, given) : this.#refuse(enqueue, reason);
  }

  /** Ends a live job: one that has not begun never will, the handler of an active one sees its signal abort. False when there is none. */
  cancel(id: string, reason?: unknown): boolean {
    const job = this.#roster.get(id);
    if (job !== undefined) this.#cancel(job, reason);
    return job !== undefined;
  }

  counts(): JobCounts {
    return this.#roster.counts();
  }

  /** Resolves when no job waits, is delayed or active. */
  idle(): Promise<void> {
    return this.#roster.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#idlers.push(resolve));
  }

  /**
   * Takes no more jobs, abandons those that have not begun and lets the others finish, without retries. What still
   * runs after `timeoutMillis` (default 10 s) is aborted and abandoned. Resolves when all workers have stopped; a
   * second call returns the same promise.
   */
  shutdown(options: { timeoutMillis?: number } = {}): Promise<void> {
    if (this.#shutdown !== undefined) return this.#shutdown;
    const { timeoutMillis = SHUTDOWN_MILLIS } = options;
    this.#shutdown = this.#slots.stopped.then(() => {
      this.#deadline.clear();
      this.#monitor.stop();
    });
    this.#deadline.set(now() + (timeoutMillis >= 0 ? timeoutMillis : SHUTDOWN_MILLIS));
    for (const job of this.#roster.all()) if (this.#roster.backlog.has(job)) this.#abandon(job, 'shutdown');
    this.#slots.stop();
    this.#changed();
    return this.#shutdown;
  }

  /** The shutdown has run out of time. */
  #cutShort(): void {
    for (const { running } of this.#roster.all())
      if (running !== undefined) this.#ended(running, { kind: 'lost' });
    this.#slots.stopBusy();
  }

  #refusal({ id, type }: Job['info']): RejectReason | 'duplicate' | undefined {
    if (this.#shutdown !== undefined) return 'closed';
    if (!this.#processors.has(type)) return 'unknown_type';
    if (this.#roster.get(id) !== undefined) return 'duplicate';
    return this.#size >= this.#settings.capacity ? 'queue_full' : undefined;
  }

  /** The jobs that take up room. One that an idle worker takes in a moment does not: it is no reason to refuse another. */
  get #size(): number {
    const { waiting, delayed } = this.#roster.backlog;
    return delayed + Math.max(0, waiting - this.#slots.idle);
  }

  #refuse(enqueue: Enqueue, reason: RejectReason | 'duplicate', error?: unknown): Enqueued {
    const { capacity } = this.#settings;
    if (reason === 'duplicate') enqueue.duplicate();
    else enqueue.rejected(reason, { queueSize: this.#size, capacity, error });
    return { accepted: false, reason };
  }

  #accept(enqueue: Enqueue, { info, payload, delayMillis, signal }: ValidJob): Enqueued {
    const runnableAt = now() + delayMillis;
    const aborted = (): void => this.#cancel(job, signal?.reason);
    const job: Job = {
      info,
      payload,
      sequence: this.#roster.counts().accepted,
      carrier: enqueue.carrier,
      context: new AsyncResource('Job'),
      unlisten: () => signal?.removeEventListener('abort', aborted),
      firstRunnableAt: runnableAt,
      runnableAt,
      attempts: 0,
      previous: undefined,
      lastError: undefined,
      running: undefined,
    };
    this.#roster.admit(job);
    signal?.addEventListener('abort', aborted);
    enqueue.accepted({
      queueSize: Math.max(1, this.#size),
      ...(delayMillis > 0 && { runnableAt: this.#reading()(runnableAt) }),
    });
    if (signal?.aborted) aborted();
    this.#changed();
    return { accepted: true, runnableAt };
  }

  /** What may follow from any change: idleness, a crossed threshold, work for an idle worker. */
  #changed(): void {
    if (this.#roster.size === 0) for (const resolve of this.#idlers.splice(0)) resolve();
    this.#monitor.size(this.#size);
    if (this.#dispatchPending || this.#slots.idle === 0 || this.#roster.backlog.waiting === 0) return;
    this.#dispatchPending = true;
    queueMicrotask(() => this.#dispatch());
  }

  #dispatch(): void {
    this.#dispatchPending = false;
    while (this.#slots.idle > 0) {
      const job = this.#roster.begin();
      if (job === undefined) break;
      const slot = this.#slots.take() as Slot;
      job.context.runInAsyncScope(() => this.#begin(job, slot));
    }
    this.#changed();
  }

  #begin(job: Job, slot: Slot): void {
    job.attempts++;
    const { info, carrier, attempts, runnableAt, firstRunnableAt, previous } = job;
    const told = this.#reading();
    const attempt = this.#telemetry.attempt({
      job: info,
      carrier,
      number: attempts,
      maxAttempts: info.maxAttempts,
      worker: slot.worker,
      startedAt: told(now()),
      runnableAt: told(runnableAt),
      firstRunnableAt: told(firstRunnableAt),
      previous,
    });
    const execution = new Execution(job, slot, attempt, {
      limitMillis: this.#settings.timeoutMillis,
      ended: (failure) => this.#ended(execution, failure),
      returned: () => this.#returned(execution),
    });
    job.running = execution;
    execution.run(this.#processors.get(info.type) as Processor);
  }

  /** The one place where an attempt ends: the first to come here decides how. */
  #ended(execution: Execution, failure: Failure | undefined): void {
    const { job } = execution;
    if (job.running !== execution) return;
    if (failure === undefined) {
      job.running = undefined;
      this.#roster.end(job, 'completed');
      execution.completed();
    } else {
      const closed = this.#shutdown !== undefined;
      const after = afterFailure(job, failure, { closed, backoffMillis: this.#settings.backoffMillis });
      // The backoff is the user's code: it may have ended the job itself.
      if (job.running !== execution) return;
      job.running = undefined;
      if (after.retry) this.#retry(execution, failure, after.delayMillis ?? 0);
      else this.#roster.end(job, 'abandoned');
      execution.failed(failure, after);
    }
    this.#changed();
  }

  #returned({ slot }: Execution): void {
    this.#slots.give(slot);
    this.#changed();
  }

  #retry(execution: Execution, failure: Failure, delayMillis: number): void {
    const { job, attempt } = execution;
    job.runnableAt = execution.endOf(failure) + delayMillis;
    job.previous = { carrier: attempt.carrier, number: job.attempts };
    job.lastError = failure.kind === 'failed' ? failure.error : new TimedOut('The attempt took too long');
    this.#roster.retry(job);
  }

  #cancel(job: Job, reason: unknown): void {
    if (job.running !== undefined) {
      this.#ended(job.running, { kind: 'cancelled', reason });
    } else if (this.#roster.isActive(job)) {
      // Someone who sees its attempt begin (a route's predicate, a sampler) cancels it from there.
      queueMicrotask(() => this.#cancel(job, reason));
    } else if (this.#roster.backlog.has(job)) {
      this.#abandon(job, 'cancelled');
      this.#changed();
    }
  }

  /** Ends a job that has no attempt running. */
  #abandon(job: Job, reason: AbandonReason): void {
    this.#roster.end(job, 'abandoned');
    const { info, attempts, lastError: error, carrier, firstRunnableAt } = job;
    // One that ends before it could ever have run has no turnaround.
    const [told, at] = [this.#reading(), now()];
    const runnableAt = firstRunnableAt <= at ? told(firstRunnableAt) : undefined;
    this.#telemetry.abandoned(info, { reason, attempts, error, carrier, runnableAt, endedAt: told(at) });
  }

  /** Moments by one reading of telemetry's clock, which follows the system's: equally long ago, whatever that was set to since. */
  #reading(): (moment: number) => number {
    for (let tries = 1; ; tries++) {
      const before = now();
      const offset = this.#telemetry.now() - before;
      // Where the process was made to wait between the two clocks, they are read again.
      if (now() - before < 1 || tries === 3) return (moment) => moment + offset;
    }
  }
}
