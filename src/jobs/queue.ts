import { swallow } from '../delivery/guard.js';
import { SignalboxError } from '../signal/problem.js';
import { reportAbandoned } from './abandoned.js';
import { StartedAttempt } from './attempt.js';
import type { Attempt, AttemptInfo } from './attempt-info.js';
import type { AttemptSpan } from './attempt-span.js';
import { linksOf, startAttemptSpan, startBatchSpan } from './attempt-span.js';
import type { Batch } from './batch.js';
import { shareSpan } from './batch.js';
import type { Carrier } from './carrier.js';
import type { Enqueue, EnqueueOptions } from './enqueue.js';
import { StartedEnqueue } from './enqueue.js';
import { JOB_QUEUED } from './enqueue-signals.js';
import { attemptInfoOf, attemptInfosOf, jobOf, plain, textOf } from './given.js';
import type { AbandonReason, AfterFailure, JobInfo, Relation } from './job.js';
import { checkAfterFailure, checkRelation, NO_RETRY } from './job.js';
import type { PreviousAttempt, RememberedAttempt } from './memory.js';
import type { Monitor, MonitorOptions } from './monitor.js';
import { QueueMonitor } from './monitor.js';
import { originOf } from './origin.js';
import type { QueueState } from './queue-state.js';
import { jobValues, known, since } from './queue-state.js';
import { ATTR, PROCESS } from './semconv.js';
import { JOB_COMPLETED, JOB_REVIVED, JOB_STALLED } from './signals.js';
import { runUntilEnded } from './when-ended.js';
import type { WorkerOptions, WorkerTelemetry } from './workers.js';

/** What is known of a job's end that no attempt here saw. */
export interface EndOfJob {
  readonly attempts?: number | undefined;
  /** `enqueue.carrier`: the record carries the context of the enqueue span. */
  readonly carrier?: Carrier | undefined;
  /** Epoch milliseconds: when the job could first have run; the turnaround is from it. */
  readonly runnableAt?: number | undefined;
}

/** The telemetry of one queue. Made by `jobs.queue(name)`. Nothing of it throws, but for misuse of `worker` and `monitor`. */
export interface QueueTelemetry {
  readonly name: string;
  /** Job types that may be labels and span names from now on. */
  knows(...types: string[]): void;
  /** Starts the enqueue span. Give exactly one outcome. */
  enqueue(job: JobInfo, options?: EnqueueOptions): Enqueue;
  /** Starts one attempt: its span, JOB_STARTED, its wait. */
  attempt(info: AttemptInfo): Attempt;
  /**
   * One handler call for many jobs: one span with a link for each job, and the signals of each. `span` is `'active'` where the engine
   * made the span, which is then enriched and never ended.
   */
  batch(
    infos: readonly AttemptInfo[],
    options?: {
      readonly worker?: WorkerTelemetry | string | undefined;
      readonly span?: 'own' | 'active' | undefined;
    },
  ): Batch;
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
  /** A good end that no attempt here saw: JOB_COMPLETED. */
  completed(job: JobInfo, end?: EndOfJob): void;
  /** A bad end without a running attempt: JOB_ABANDONED. */
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
      readonly at?: number | undefined;
    },
  ): void;
  /** Someone brought an ended job back: JOB_REVIVED. */
  revived(
    job: JobInfo,
    info?: { readonly attempts?: number | undefined; readonly carrier?: Carrier | undefined },
  ): void;
  /** A worker, by its id: the same one for the same id, until it has stopped. Throws a SignalboxError for an empty id or bad slots. */
  worker(id: string, options?: WorkerOptions): WorkerTelemetry;
  /** Gauges, health checks, backlog and failure-rate signals. Throws a SignalboxError on bad options, or where the queue has one here. */
  monitor(options: MonitorOptions): Monitor;
  /** Epoch milliseconds by the clock of the telemetry: moments given to it are best taken from it. */
  now(): number;
}

/** How attempts relate to their enqueue: always the same, or by a function of the attempt. */
export type RelationOption = Relation | ((info: AttemptInfo) => Relation);

/** How one handle has its attempts observed. */
export interface AttemptOptions {
  readonly relation: RelationOption;
  readonly exceptionEvents: boolean;
}

export function createQueueTelemetry(state: QueueState, how: AttemptOptions): QueueTelemetry {
  const { core } = state;
  const { relation: relationOption, exceptionEvents } = how;

  function relationOf(info: AttemptInfo): Relation {
    if (info.relation !== undefined) return checkRelation(info.relation) ?? 'parent';
    if (typeof relationOption !== 'function') return relationOption;
    try {
      const said: unknown = relationOption(info);
      if (swallow(said))
        core.report(
          'relation',
          'the relation function gave a promise; the attempt is a child of its enqueue',
        );
      return checkRelation(said) ?? 'parent';
    } catch (error) {
      core.report('relation', 'the relation function threw; the attempt is a child of its enqueue', error);
      return 'parent';
    }
  }

  function previousOf(info: AttemptInfo): PreviousAttempt | RememberedAttempt | undefined {
    return info.previous ?? state.memory.before(info.job.id, info.number);
  }

  function begin(
    info: AttemptInfo,
    worker: WorkerTelemetry | string | undefined,
    shared: AttemptSpan | undefined,
  ): StartedAttempt {
    const clock = core.anchoredClock();
    const startedAt = info.startedAt ?? clock.now();
    const previous = previousOf(info);
    const wait = since(info.runnableAt ?? previous?.retryAt, startedAt);
    const own = state.workers.of(worker ?? info.worker);
    const attributes = known({
      [ATTR.attempt]: info.countedAtEnd ? undefined : info.number,
      [ATTR.maxAttempts]: info.maxAttempts ?? info.job.maxAttempts,
      [ATTR.worker]: own?.id,
      [ATTR.wait]: wait === undefined ? undefined : wait / 1000,
    });
    const span =
      shared ?? startAttemptSpan(state, info, relationOf(info), previous, attributes, clock, startedAt);
    return new StartedAttempt({ state, info, span, clock, startedAt, worker: own, wait, exceptionEvents });
  }

  return {
    name: state.name,
    knows: (...types) => {
      // Plain JavaScript gives a list as the one type.
      for (const type of types.flat()) state.types.add(textOf(type) ?? type);
    },
    enqueue: (job, options) => new StartedEnqueue(state, job, plain(options)),
    attempt: (info) => begin(attemptInfoOf(info), undefined, undefined),
    batch: (given, givenOptions) => {
      const options = plain(givenOptions);
      const infos = attemptInfosOf(given);
      // A span ends with its last attempt: without any it would never end.
      if (infos.length === 0) return { attempts: [], run: (fn) => fn() };
      const clock = core.anchoredClock();
      const startedAt = clock.now();
      const links = infos.flatMap((info) => linksOf(state, info, 'link', previousOf(info)));
      const attributes = known({
        [ATTR.system]: state.system,
        [ATTR.queue]: state.name,
        [ATTR.operationName]: PROCESS,
        [ATTR.operationType]: PROCESS,
        [ATTR.batchCount]: infos.length,
        [ATTR.worker]: state.workers.of(options.worker)?.id,
      });
      const span = startBatchSpan(state, attributes, links, clock, startedAt, options.span ?? 'own');
      const shared = shareSpan(span, infos.length);
      const attempts = infos.map((info) =>
        begin({ ...info, startedAt: info.startedAt ?? startedAt }, options.worker, shared),
      );
      return {
        attempts,
        run: (fn) => {
          const ends = attempts.map((attempt) => attempt.running());
          return runUntilEnded(core, shared.context, fn, () => {
            for (const end of ends) end();
          });
        },
      };
    },
    process: async (info, handler, afterFailure) => {
      const attempt = begin(attemptInfoOf(info), undefined, undefined);
      try {
        // Async, so that a thenable that is no promise, a lazy query, does its work within the attempt too.
        const value = await attempt.run(async () => handler(attempt));
        attempt.completed();
        return value;
      } catch (error) {
        attempt.failed(error, decided(error));
        throw error;
      }

      function decided(error: unknown): AfterFailure {
        try {
          const said: unknown = afterFailure(error);
          const after = swallow(said) ? undefined : checkAfterFailure(said);
          if (after) return after;
          core.report('afterFailure', 'the function that says what follows a failure did not say it at once');
        } catch (trouble) {
          core.report('afterFailure', 'the function that says what follows a failure threw', trouble);
        }
        return NO_RETRY;
      }
    },
    queued: (job, given) => {
      const info = plain(given);
      state.tally.accepted++;
      const delay = since(core.now(), info.runnableAt ?? 0);
      core.emit(
        JOB_QUEUED,
        { ...jobValues(state, jobOf(job)), priority: jobOf(job).priority, ...(delay ? { delay } : {}) },
        { context: originOf(state, info.carrier, undefined) },
      );
    },
    completed: (job, given) => {
      const end = plain(given);
      const values = {
        ...jobValues(state, jobOf(job)),
        attempts: end.attempts,
        turnaround: since(end.runnableAt, core.now()),
      };
      core.emit(JOB_COMPLETED, values, { context: originOf(state, end.carrier, jobOf(job).id) });
      state.memory.forget(jobOf(job).id);
      state.tally.ended(true, false);
    },
    abandoned: (job, given) => {
      const end = plain(given);
      const error = end.error === undefined ? undefined : core.describeError(end.error);
      reportAbandoned(state, jobOf(job), {
        ...end,
        reason: end.reason as AbandonReason,
        error,
        turnaround: since(end.runnableAt, core.now()),
        context: originOf(state, end.carrier, jobOf(job).id),
      });
    },
    stalled: (job, given) => {
      const info = plain(given);
      core.emit(
        JOB_STALLED,
        { ...jobValues(state, jobOf(job)), worker_id: info.worker, attempt: info.attempt },
        {
          context: originOf(state, info.carrier, jobOf(job).id),
          timestamp: info.at ?? core.now(),
        },
      );
    },
    revived: (job, given) => {
      const info = plain(given);
      core.emit(
        JOB_REVIVED,
        { ...jobValues(state, jobOf(job)), attempts: info.attempts },
        { context: originOf(state, info.carrier, undefined) },
      );
    },
    worker: (id, options) => state.workers.get(id, options),
    monitor: (options) => {
      // One whose queue was closed, and opened again, may not have looked since.
      if (state.monitor && !state.monitor.isOver())
        throw new SignalboxError(
          `The queue '${state.name}' has a monitor in this process already. Stop it first, or use that one.`,
        );
      const monitor: QueueMonitor = new QueueMonitor(
        core,
        state.name,
        state.capacity,
        state.tally,
        options,
        () => {
          // Stopped again, it takes nothing from the one that came after it.
          if (state.monitor === monitor) state.monitor = undefined;
        },
      );
      state.monitor = monitor;
      return monitor;
    },
    now: () => core.now(),
  };
}
