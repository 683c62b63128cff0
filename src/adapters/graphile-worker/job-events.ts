import type { Job, Worker, WorkerEvents, WorkerPool } from 'graphile-worker';
import type { PreviousAttempt } from '../../jobs/index.js';
import type { GraphileAdapter } from './adapter.js';
import { retryDelayMillis } from './backoff.js';
import type { PayloadNote } from './job-carrier.js';
import { takeNote } from './job-carrier.js';
import { previousAttemptOf } from './link-note.js';
import { laterOf, momentOf } from './moment.js';
import { knownFrom } from './runnable.js';
import type { Runner } from './runner.js';
import { RunningJob } from './running-job.js';
import { runs, taking } from './running-jobs.js';

/** How much the database's rounding of a delay and the driver's rounding of a moment may change them. */
const ROUNDED_MILLIS = 5;

interface OfContext {
  readonly ctx?: unknown;
}
type RunnerOf = (event: OfContext) => Runner | undefined;

/** Makes attempts from the job events of runners. */
export class JobEvents {
  readonly #adapter: GraphileAdapter;
  readonly #byJob = new WeakMap<Job, RunningJob>();
  readonly #open = new Set<RunningJob>();
  // A local queue takes many jobs at once, which then wait in this process.
  readonly #takenAt = new WeakMap<Job, number>();

  constructor(adapter: GraphileAdapter) {
    this.#adapter = adapter;
  }

  listen(events: WorkerEvents, runnerOf: RunnerOf): void {
    const { quietly } = this.#adapter;
    events.on('localQueue:getJobs:complete', (event) =>
      quietly('localQueue:getJobs:complete', () => {
        const runner = runnerOf(event);
        if (!runner) return;
        const now = runner.workers.queue.now();
        for (const job of event.jobs) this.#takenAt.set(job, now);
      }),
    );
    // Come before the app's own listeners, so that they see the payload as the app gave it.
    events.prependListener('job:start', (event: OfContext & { worker: Worker; job: Job }) =>
      quietly('job:start', () => {
        const runner = runnerOf(event);
        if (runner) this.#start(event.worker, event.job, runner);
      }),
    );
    events.on('job:success', ({ job }) => quietly('job:success', () => this.#byJob.get(job)?.succeeded()));
    events.on('job:error', ({ job, error, batchJobErrors }) =>
      quietly('job:error', () => this.#byJob.get(job)?.errored(error, batchJobErrors !== undefined)),
    );
    events.on('job:complete', ({ job, error }) =>
      quietly('job:complete', () => {
        const run = this.#byJob.get(job);
        if (!run) return;
        this.#leave(run, job);
        if (!run.ran) this.#unseen(job.task_identifier);
        const failed = error !== null && error !== undefined;
        run.settle(failed);
        if (!failed || job.attempts >= job.max_attempts) run.schema.firstRunnable.forget(job.id);
      }),
    );
    events.on('worker:fatalError', ({ worker }) =>
      quietly('worker:fatalError', () => this.#lose((run) => run.worker === worker, false)),
    );
    events.on('pool:forcefulShutdown:complete', ({ workerPool }) =>
      quietly('pool:forcefulShutdown', () => this.#lose(ofPool(workerPool), true)),
    );
    events.on('pool:forcefulShutdown:error', ({ workerPool }) =>
      quietly('pool:forcefulShutdown', () => this.#lose(ofPool(workerPool), false)),
    );
  }

  // signalbox emits its attempts all the same, but the work of the task is in none of their traces.
  #unseen(task: string): void {
    this.#adapter.reportThat(
      `unseen:${task}`,
      `the task '${task}' that ran is not the observed one: its work is in no trace. Give the runner the task list that runner() or tasks() returned: run(jobs.runner({ …, taskList }))`,
      this.#adapter.made.at,
    );
  }

  #start(worker: Worker, job: Job, { schema, workers }: Runner): void {
    // Take the note even if nothing is emitted: a task must never see a note of another process.
    const note = takeNote(job);
    if (!this.#adapter.core.enabled()) return;
    const { carriers, emitted } = schema;
    if (note.carrier) carriers.keep(job.id, note.carrier);
    // The job was dead when this process emitted its end: another process, or SQL, has brought it back.
    if (emitted.ended(job.id)) {
      emitted.revived(job.id, job.max_attempts);
      schema.firstRunnable.forget(job.id);
    }
    const queue = schema.queue(job.task_identifier);
    const now = queue.now();
    // Move the database's moments to our clock: the database took the job (locked_at) when we got it.
    const lockedAt = momentOf(job.locked_at);
    const offset = lockedAt === undefined ? undefined : (this.#takenAt.get(job) ?? now) - lockedAt;
    const here = (moment: number | undefined): number | undefined =>
      moment === undefined || offset === undefined ? undefined : moment + offset;
    // Whoever took off the lock of the previous attempt does not say when.
    const wasStalled = emitted.stalled(job.id, job.attempts - 1);
    const runnable = wasStalled ? undefined : knownFrom(schema, job, note);
    const attempt = queue.attempt({
      job: { id: job.id, priority: job.priority, maxAttempts: job.max_attempts },
      carrier: note.carrier,
      number: job.attempts,
      worker: workers.of(worker),
      runnableAt: here(runnable),
      firstRunnableAt: here(this.#firstRunnableOf(schema, job, note, runnable)),
      startedAt: now,
      previous: previousOf(job, here),
    });
    const run = new RunningJob({ adapter: this.#adapter, schema, worker, job, attempt });
    this.#byJob.set(job, run);
    runs().set(job, run);
    this.#open.add(run);
    schema.running.add(job.id);
    taking(job.task_identifier);
  }

  // Each retry rewrites `run_at`. Later attempts know the moment from the first attempt in this process, or from what travelled with the job.
  #firstRunnableOf(
    { firstRunnable }: Runner['schema'],
    job: Job,
    note: PayloadNote,
    runnable: number | undefined,
  ): number | undefined {
    if (job.attempts === 1) {
      if (runnable !== undefined) firstRunnable.keep(job.id, runnable);
      return runnable;
    }
    const known = firstRunnable.get(job.id);
    if (known !== undefined) return known;
    const createdAt = momentOf(job.created_at);
    // The job was replaced or rescheduled since, and nobody knows any more.
    if (note.carrier === undefined || createdAt !== momentOf(job.updated_at)) return undefined;
    return laterOf(createdAt, note.runAt ?? createdAt);
  }

  #lose(which: (run: RunningJob) => boolean, written: boolean): void {
    for (const run of this.#open) {
      if (!which(run)) continue;
      this.#open.delete(run);
      run.schema.running.delete(run.jobId);
      run.lose(written);
    }
  }

  #leave(run: RunningJob, job: Job): void {
    this.#open.delete(run);
    this.#byJob.delete(job);
    runs().delete(job);
    run.schema.running.delete(job.id);
  }
}

function ofPool(pool: WorkerPool): (run: RunningJob) => boolean {
  return (run) => run.worker.workerPool === pool;
}

// If the note is of an older attempt, the previous one was killed, and its span was never exported.
function previousOf(
  job: Job,
  here: (moment: number | undefined) => number | undefined,
): PreviousAttempt | undefined {
  const found = previousAttemptOf(job.last_error);
  if (found?.number !== job.attempts - 1) return undefined;
  const [failedAt, runAt] = [momentOf(job.updated_at), momentOf(job.run_at)];
  if (failedAt === undefined || runAt === undefined) return found;
  // Otherwise the job was moved since, and does not say when it failed.
  const isBackoff = Math.abs(failedAt + retryDelayMillis(found.number) - runAt) < ROUNDED_MILLIS;
  return isBackoff ? { ...found, endedAt: here(failedAt), retryAt: here(runAt) } : found;
}
