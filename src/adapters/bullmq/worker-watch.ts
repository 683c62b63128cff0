import type { Job, Worker } from 'bullmq';
import type { QueueTelemetry, WorkerTelemetry } from '../../jobs/index.js';
import type { Adapter } from './adapter.js';
import { keyOf } from './adapter.js';
import { firstRunnableAt, infoOf } from './job-facts.js';
import { readMetadata } from './metadata.js';
import { endWithoutRun, tellsTaken } from './outcome.js';
import { tellRevival } from './revival.js';
import { RunningJob } from './running-job.js';
import { Stalls } from './stalls.js';
import { startAttempt } from './start.js';

const LOCK_MILLIS = 30_000;

/** What was known when an attempt began that is told of when it ends. */
export interface LateStart {
  readonly startedAt: number;
  readonly number: number;
}

/** Hears what a worker says of its jobs. */
export class WorkerWatch {
  readonly worker: Worker;
  readonly #adapter: Adapter;
  readonly #queue: QueueTelemetry;
  readonly #telemetry: WorkerTelemetry;
  /** By the Job that BullMQ handed out: its events bring the same one back, late ones too. */
  readonly #byJob = new WeakMap<Job, RunningJob>();
  readonly #taken = new WeakSet<Job>();
  readonly #open = new Set<RunningJob>();
  readonly #stalls: Stalls;

  constructor(adapter: Adapter, worker: Worker, id: string) {
    this.#adapter = adapter;
    this.worker = worker;
    this.#queue = adapter.queue(worker.name);
    this.#telemetry = this.#queue.worker(id, { slots: () => worker.concurrency });
    this.#stalls = new Stalls(adapter, this.#queue, worker);
    this.#listen();
  }

  get engineSpans(): boolean {
    return this.worker.opts.telemetry !== undefined;
  }

  get maxStarts(): number | undefined {
    return this.worker.opts.maxStartedAttempts;
  }

  now(): number {
    return this.#queue.now();
  }

  quietly(what: string, tell: () => void): void {
    this.#adapter.quietly(what, tell);
  }

  runningOf(job: Job): RunningJob | undefined {
    return this.#byJob.get(job);
  }

  /** Whether the processor that was given has been called with this job. */
  hasTaken(job: Job): boolean {
    return this.#taken.has(job);
  }

  /** A job has been taken: whether it was lost before, or had ended. */
  taken(job: Job): void {
    this.#taken.add(job);
    this.#adapter.quietly('a job that was taken', () => {
      this.#stalls.cameBack(job);
      tellRevival(this.#adapter, this.#queue, this.worker, job);
    });
  }

  /** A job's processor is about to be called; `late`, where it was called before. */
  begin(job: Job, signal: AbortSignal | undefined, late?: LateStart): RunningJob | undefined {
    return this.#adapter.quietly('start of an attempt', () => {
      const how = { ...late, span: this.engineSpans ? 'active' : 'own' } as const;
      const start = startAttempt(this.#adapter, this.#queue, job, this.#telemetry, how);
      const running = new RunningJob(this.#adapter, this.#queue, job, start, signal, (closed) =>
        this.#open.delete(closed),
      );
      this.#byJob.set(job, running);
      this.#open.add(running);
      return running;
    });
  }

  /** The processor has ended, one way or the other. */
  handlerEnded(running: RunningJob): void {
    this.#adapter.quietly('end of a handler', () =>
      running.handlerEnded(this.worker.opts.lockDuration ?? LOCK_MILLIS),
    );
  }

  threw(running: RunningJob, error: unknown): void {
    this.#adapter.quietly('what a handler threw', () => running.threw(error));
  }

  // Before the app's own listeners: where one of those throws, BullMQ calls none that comes after it.
  #listen(): void {
    const { worker } = this;
    const quietly = (what: string, tell: () => void): void => this.quietly(what, tell);
    worker.prependListener('completed', (job: Job) =>
      quietly('completed', () => this.runningOf(job)?.completed()),
    );
    worker.prependListener('failed', (job: Job | undefined, error: unknown) =>
      quietly('failed', () => this.#failed(job, error)),
    );
    worker.prependListener('stalled', (id: string) => quietly('stalled', () => this.#stalled(id)));
    worker.prependListener('lockRenewalFailed', (ids: string[]) =>
      quietly('lockRenewalFailed', () => this.#lost(({ job }) => ids.includes(job.id ?? ''))),
    );
    worker.prependListener('error', (error: unknown) => {
      // BullMQ prints errors that nobody listens to: they are not to be lost because we do.
      if (worker.listenerCount('error') === 1) console.error(error);
      quietly('error', () => this.#lost(({ job }) => tellsTaken(error, job.id ?? '')));
    });
    worker.prependListener('closed', () => quietly('closed', () => this.#closed()));
    if (worker.opts.autorun !== false) this.#telemetry.started();
    else
      for (const event of ['active', 'drained'] as const)
        worker.prependOnceListener(event, () => quietly(event, () => this.#telemetry.started()));
  }

  #failed(job: Job | undefined, error: unknown): void {
    if (!job) return;
    const running = this.runningOf(job);
    if (running) running.failed(error, this.maxStarts);
    else if (job.finishedOn !== undefined) this.#endedWithoutRun(job);
  }

  #endedWithoutRun(job: Job): void {
    // A stall is told before the end that follows from it.
    this.#stalls.cameBack(job);
    const { carrier, waitsForChildren } = readMetadata(job.opts.telemetry?.metadata);
    const key = keyOf(job.queueQualifiedName, job.id);
    this.#adapter.memory.forget(key);
    this.#adapter.ended.keep(key, job.timestamp);
    this.#queue.abandoned(infoOf(job), {
      ...endWithoutRun(job),
      carrier,
      runnableAt: waitsForChildren ? undefined : firstRunnableAt(job),
      worker: this.#telemetry.id,
    });
  }

  #stalled(id: string): void {
    this.#lost(({ job }) => job.id === id);
    this.#stalls.found(id);
  }

  #lost(is: (running: RunningJob) => boolean): void {
    for (const running of this.#open) if (is(running)) running.lost();
  }

  #closed(): void {
    const forced = this.#open.size > 0;
    this.#lost(() => true);
    this.#telemetry.stopped(forced ? { reason: 'forced' } : {});
  }
}
