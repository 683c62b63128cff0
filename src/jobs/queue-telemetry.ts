import type { Attempt, AttemptInfo } from './attempt-info.js';
import type { Batch } from './batch.js';
import type { Carrier } from './carrier.js';
import type { Enqueue, EnqueueOptions } from './enqueue.js';
import type { AbandonReason, AfterFailure, JobInfo, Relation } from './job.js';
import type { Monitor, MonitorOptions } from './monitor.js';
import type { WorkerOptions, WorkerTelemetry } from './workers.js';

/** What is known of a job's end that no attempt here saw. */
export interface EndOfJob {
  readonly attempts?: number | undefined;
  /** `enqueue.carrier`: what the end's `settle` span is tied to. */
  readonly carrier?: Carrier | undefined;
  /** How that span relates to its enqueue span. Default: as the queue's attempts do. */
  readonly relation?: Relation | undefined;
  /** Epoch milliseconds: when the job could first have run; the turnaround is from it. */
  readonly runnableAt?: number | undefined;
  /** Epoch milliseconds: when it ended, where it is heard of later. Default: now. */
  readonly endedAt?: number | undefined;
}

/** How one handler call for many jobs is observed. */
export interface BatchOptions {
  readonly worker?: WorkerTelemetry | string | undefined;
  /** `'active'` where the engine made a span, which is then enriched and never ended. Default `'own'`. */
  readonly span?: 'own' | 'active' | undefined;
}

/** The telemetry of one queue. Made by `jobs.queue(name)`. Nothing of it throws, but for misuse of `worker` and `monitor`. */
export interface QueueTelemetry {
  readonly name: string;
  /** What distinguishes it from queues of the same name: an engine's prefix or schema. */
  readonly namespace?: string | undefined;
  /** Job types that may be labels and span names from now on. */
  knows(...types: string[]): void;
  /** Starts the enqueue span. Give exactly one outcome. */
  enqueue(job: JobInfo, options?: EnqueueOptions): Enqueue;
  /** Starts one attempt: its span, JOB_STARTED, its wait. */
  attempt(info: AttemptInfo): Attempt;
  /**
   * One handler call for many jobs: one span with a link for each job (at most 128; the attribute `signalbox.links.dropped` counts the
   * rest), and the signals of each, which are events on the span of at most 64 jobs. `span` is `'active'` where the engine
   * made the span, which is then enriched and never ended.
   */
  batch(infos: readonly AttemptInfo[], options?: BatchOptions): Batch;
  /**
   * An attempt from begin to end, for queues where the handler's return is the outcome. `afterFailure` says what the queue does when it
   * throws. Resolves or rejects as the handler does.
   */
  process<T>(
    info: AttemptInfo,
    handler: (attempt: Attempt) => T | Promise<T>,
    afterFailure: (error: unknown) => AfterFailure,
  ): Promise<T>;
  /** A job that came into the queue by something that was not observed (a schedule, SQL): JOB_QUEUED. */
  queued(
    job: JobInfo,
    info?: { readonly runnableAt?: number | undefined; readonly carrier?: Carrier | undefined },
  ): void;
  /**
   * A good end by a command, or heard of: JOB_COMPLETED. It settles the attempt of that job that runs here; where none does, the end has a
   * `settle` span. It is emitted once for each life of a job: a second end is emitted only if something says that the job came back
   * (`queued`, `revived`, `alive`, an enqueue, an attempt that began since, or a `runnableAt` after the first end).
   */
  completed(job: JobInfo, end?: EndOfJob): void;
  /**
   * A bad end by a command, or heard of: JOB_ABANDONED, once for each life of a job, as with `completed`. Where no attempt of that job
   * runs here, the end has a `settle` span. Where one does, the end is emitted on its span: the attempt is then `lost`, emits no end of its
   * own, whatever it is settled as, and its span ends when its handler does.
   */
  abandoned(
    job: JobInfo,
    end: EndOfJob & {
      readonly reason: AbandonReason;
      readonly error?: unknown;
      readonly worker?: string | undefined;
    },
  ): void;
  /** The job's worker vanished: JOB_STALLED. */
  stalled(
    job: JobInfo,
    info?: {
      readonly attempt?: number | undefined;
      readonly worker?: string | undefined;
      readonly carrier?: Carrier | undefined;
      /** Epoch milliseconds: when the engine said so. Default: now. */
      readonly stalledAt?: number | undefined;
    },
  ): void;
  /** Someone brought an ended job back: JOB_REVIVED. */
  revived(
    job: JobInfo,
    info?: { readonly attempts?: number | undefined; readonly carrier?: Carrier | undefined },
  ): void;
  /**
   * The job was seen to live, as by a look at the store: an end that was emitted before was of an earlier life. `at` is when it was seen,
   * in epoch milliseconds, where an end may have been emitted since. Emits nothing.
   */
  alive(job: JobInfo, at?: number): void;
  /** A worker, by its id: the same one for the same id, until it has stopped. Throws a SignalboxError for an empty id or bad slots. */
  worker(id: string, options?: WorkerOptions): WorkerTelemetry;
  /**
   * Gauges, health checks, backlog and failure-rate signals, from now on. One process owns it. Throws a SignalboxError on bad options, or
   * where the queue has one here.
   */
  monitor(options: MonitorOptions): Monitor;
  /** Epoch milliseconds by the clock of the telemetry: moments given to it are best taken from it. */
  now(): number;
}
