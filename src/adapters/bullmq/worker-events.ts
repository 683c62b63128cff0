import type { Job, Worker } from 'bullmq';
import type { WorkerTelemetry } from '../../jobs/index.js';
import type { QueueHandle } from '../../jobs/queue.js';
import { observerOf } from '../common/claim.js';
import type { BullMQAdapter } from './adapter.js';
import { adopt, backendOf } from './backend-by-release.js';
import { Idleness } from './idleness.js';
import { endedNow, infoOf } from './job-facts.js';
import { Deadlines } from './lock-deadlines.js';
import { meansTaken } from './lost-lock.js';
import { endedByStall, endWithoutRun } from './outcome.js';
import { keyOf, telemetryAt, whereabouts } from './queue-place.js';
import type { ReadJob } from './read-job.js';
import { pastOf } from './removed.js';
import type { Life } from './revival.js';
import { emitRevival, lifeOf } from './revival.js';
import type { Holder, Runner } from './running-job.js';
import { RunningJob } from './running-job.js';
import { forgetRunning, keepLost, keepRunning } from './running-jobs.js';
import { Stalls } from './stalls.js';
import { startAttempt } from './start-attempt.js';
import { WorkerEvents } from './worker-emit.js';

const LOCK_MILLIS = 30_000;
/** The most jobs of a worker in the app's hands that signalbox observes. */
const MOST_IN_HAND = 10_000;
/** The token that BullMQ uses for a job without a lock. */
const NO_LOCK = '0';

/** The beginning of an attempt, kept for telemetry that is made only when the attempt ends. */
export interface LateStart {
  readonly startedAt: number;
  readonly number: number;
}

/** A job that the worker took: the life that it is in, and its run. */
interface TakenJob {
  readonly life: Life;
  running: RunningJob | undefined;
}

/** Observes the jobs of a worker by its events. */
export class WatchedWorker implements Holder {
  readonly worker: Worker;
  readonly events: WorkerEvents;
  readonly idle: Idleness = new Idleness();
  readonly deadlines: Deadlines<RunningJob> = new Deadlines((one) => one.lost());
  readonly #adapter: BullMQAdapter;
  readonly #queue: QueueHandle;
  readonly #id: string;
  #telemetry: WorkerTelemetry;
  readonly #readJob: ReadJob;
  /** By the Job that BullMQ handed out. BullMQ's events have the same object, late ones too. */
  readonly #taken = new WeakMap<Job, TakenJob>();
  readonly #open = new Set<RunningJob>();
  readonly #stalls: Stalls;
  /** Undoes the registration that ends the jobs in hand when the box shuts down. */
  #untilShutdown: (() => void) | undefined;

  constructor(adapter: BullMQAdapter, worker: Worker, id: string) {
    this.#adapter = adapter;
    this.worker = worker;
    const { name, qualifiedName } = worker;
    const backend = backendOf(worker);
    const { schema } = whereabouts(backend);
    this.#queue = telemetryAt(adapter, { name, qualifiedName, schema });
    this.#id = id;
    this.#telemetry = this.#telemetryNow();
    this.#readJob = (id) => backend.getJobData(id);
    this.#stalls = new Stalls(adapter, this.#queue, this.#readJob);
    this.events = new WorkerEvents(worker, (what, emit) => adapter.quietly(what, emit));
    this.#listen();
  }

  get engineSpans(): boolean {
    return this.worker.opts.telemetry !== undefined;
  }

  get maxStarts(): number | undefined {
    return this.worker.opts.maxStartedAttempts;
  }

  /** Milliseconds that a lock lasts. */
  get lockMillis(): number {
    return this.worker.opts.lockDuration ?? LOCK_MILLIS;
  }

  now(): number {
    return this.#queue.now();
  }

  quietly<T>(what: string, emit: () => T): T | undefined {
    return this.#adapter.quietly(what, emit);
  }

  runningOf(job: Job): RunningJob | undefined {
    return this.#taken.get(job)?.running;
  }

  /** Whether the worker took the job. */
  hasTaken(job: Job): boolean {
    return this.#taken.has(job);
  }

  /** Notes that the worker took a job, and whether the job had ended before. */
  taken(job: Job): TakenJob {
    const known = this.#taken.get(job);
    if (known) return known;
    adopt(this.worker, job);
    const life = lifeOf(this.#adapter, job);
    const taken: TakenJob = { life, running: undefined };
    this.#taken.set(job, taken);
    if (this.#observes())
      this.quietly('a job that was taken', () => {
        this.#stalls.cameBack(job);
        emitRevival(this.#adapter, this.#queue, this.#readJob, job, life);
      });
    return taken;
  }

  /** Starts the attempt of a job. `late` if the job ran before this call. Undefined if another box observes the worker by now. */
  begin(job: Job, runner: Runner, signal?: AbortSignal, late?: LateStart): RunningJob | undefined {
    if (!this.#observes()) return undefined;
    return this.quietly('start of an attempt', () => {
      this.#adapter.firstNames?.see(this.#queue, job.name);
      const taken = this.taken(job);
      const start = startAttempt(this.#adapter, this.#queue, job, {
        startedAt: late?.startedAt,
        number: late?.number,
        worker: this.#telemetry,
        life: taken.life,
        idle: this.idle,
        span: this.engineSpans && runner !== 'hand' ? 'active' : 'own',
      });
      const running = new RunningJob(this.#adapter, this.#queue, job, start, {
        holder: this,
        runner,
        signal,
        maxStarts: this.maxStarts,
        closed: (closed, isSettled) => {
          this.#open.delete(closed);
          if (isSettled) forgetRunning(this.#adapter, closed);
          else keepLost(this.#adapter, closed);
        },
      });
      keepRunning(this.#adapter, running);
      taken.running = running;
      this.#open.add(running);
      return running;
    });
  }

  /** The app has the job in hand: it asked the worker for it. */
  handed(job: Job): void {
    const held = this.runningOf(job);
    if (!held && this.#open.size >= MOST_IN_HAND) {
      const more = 'are in hand and not settled: signalbox does not observe further ones';
      this.#adapter.reportThat(`in hand:${this.worker.name}`, `${MOST_IN_HAND} jobs ${more}`);
      return;
    }
    this.#untilShutdown ??= this.#adapter.core.tellAtEnd(() => this.#shutDown());
    held?.goesTo('hand');
    const running = held ?? this.begin(job, 'hand');
    // Only the app renews the lock of such a job.
    if (job.token !== NO_LOCK) running?.lostAfter(this.lockMillis);
  }

  follows(before: Job, next: unknown): void {
    const job = jobIn(this.worker, before, next);
    if (job) this.handed(job);
  }

  /** BullMQ or the app calls the processor: with a job that the worker took, or one that the app asked for and passes on. */
  processes(job: Job, signal: AbortSignal | undefined): RunningJob | undefined {
    const held = this.runningOf(job);
    if (held?.runner !== 'hand') return this.begin(job, 'processor', signal);
    held.goesTo('processor');
    return held;
  }

  /** The processor has returned or thrown. */
  handlerEnded(running: RunningJob): void {
    this.quietly('end of a handler', () => running.handlerEnded(this.lockMillis));
  }

  threw(running: RunningJob, error: unknown): void {
    this.quietly('what a handler threw', () => running.threw(error));
  }

  #telemetryNow(): WorkerTelemetry {
    return this.#queue.worker(this.#id, { slots: () => this.worker.concurrency });
  }

  /** The worker runs jobs from now on. */
  started(): void {
    if (this.#observes()) this.#telemetry.started();
  }

  /** The worker runs on, and signalbox no longer observes it. */
  left(): void {
    this.quietly('a worker that is left', () => this.#telemetry.stopped({ reason: 'unobserved' }));
  }

  /** signalbox observes the worker again, if nobody else does by now. */
  cameBack(): void {
    this.quietly('a worker that came back', () => {
      if (!this.#observes() || !this.worker.isRunning()) return;
      this.#telemetry = this.#telemetryNow();
      this.started();
    });
  }

  lost(is: (running: RunningJob) => boolean): void {
    for (const running of this.#open) if (is(running)) running.lost();
  }

  // Do not use listeners: when one of the app's throws, Node calls none of the later ones.
  #listen(): void {
    const { events, worker, idle } = this;
    events.on('active', (job) => idle.given(job, this.now()));
    events.on('drained', () => idle.began(this.now()));
    events.on('paused', () => idle.stopped());
    events.on('completed', (job) => this.runningOf(job)?.completed());
    events.on('failed', (job, error) => this.#failed(job, error));
    events.on('progress', (job, progress) => this.runningOf(job)?.attempt.progress(progress));
    events.on('stalled', (id) => this.#stalled(id));
    events.on('lockRenewalFailed', (ids) => this.lost(({ job }) => ids.includes(job.id ?? '')));
    events.on('error', (error) => this.lost(({ job }) => meansTaken(error, job.id ?? '')));
    events.on('closed', () => this.#closed());
    const runs = (worker as unknown as { readonly processFn?: unknown }).processFn !== undefined;
    if (runs && worker.opts.autorun !== false) this.started();
    else for (const event of ['active', 'drained'] as const) events.on(event, () => this.started());
  }

  #observes(): boolean {
    return observerOf(this.worker) === this.#adapter;
  }

  #failed(job: Job | undefined, error: unknown): void {
    if (!job) return;
    const running = this.runningOf(job);
    if (running) running.failed(error);
    else if (job.finishedOn !== undefined && this.#observes()) this.#endedWithoutRun(job);
  }

  #endedWithoutRun(job: Job): void {
    // Emit the stall before the end that follows from it.
    if (endedByStall(job)) this.#stalls.ended(job);
    else this.#stalls.cameBack(job);
    const key = keyOf(job);
    this.#adapter.memory.forget(key);
    this.#adapter.ended.keep(key, endedNow(job, this.now()));
    this.#queue.abandoned(infoOf(job), {
      ...endWithoutRun(job),
      ...pastOf(this.#adapter, job),
      worker: this.#telemetry.id,
    });
  }

  #stalled(id: string): void {
    this.lost(({ job }) => job.id === id);
    if (this.#observes()) this.#stalls.found(id);
  }

  /** Ends the jobs in hand: nothing of them can be emitted from now on. */
  #shutDown(): void {
    this.#untilShutdown = undefined;
    this.quietly('jobs in hand at a shutdown', () => this.lost(({ runner }) => runner === 'hand'));
  }

  #closed(): void {
    this.#untilShutdown?.();
    this.#untilShutdown = undefined;
    const forced = this.#open.size > 0;
    this.lost(() => true);
    this.#telemetry.stopped(forced ? { reason: 'forced' } : {});
  }
}

/** The job that BullMQ fetched when it ended another one. The app makes its own Job object of it. */
function jobIn(worker: Worker, before: Job, next: unknown): Job | undefined {
  const [data, id] = Array.isArray(next) ? (next as [unknown, unknown]) : [];
  if (typeof data !== 'object' || data === null || typeof id !== 'string') return undefined;
  const { fromJSON } = before.constructor as typeof Job;
  const job = fromJSON.call(before.constructor as typeof Job, worker as never, data as never, id) as Job;
  if (before.token !== undefined) job.token = before.token;
  return job;
}
