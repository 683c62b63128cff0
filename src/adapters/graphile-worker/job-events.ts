import type { Job, Worker, WorkerEvents, WorkerPool } from 'graphile-worker';
import type { PreviousAttempt } from '../../jobs/index.js';
import { Recent } from '../../jobs/recent.js';
import type { Adapter } from './adapter.js';
import { previousAttemptOf } from './last-error.js';
import { momentOf } from './moment.js';
import type { Note } from './payload.js';
import { takeNote } from './payload.js';
import { RunningJob } from './running-job.js';
import type { WorkerWatch } from './worker-watch.js';

/** Makes attempts of a runner's job events. */
export class JobEvents {
  readonly #adapter: Adapter;
  readonly #byJob = new WeakMap<Job, RunningJob>();
  readonly #open = new Set<RunningJob>();
  // A local queue takes many jobs at once, which then wait in this process.
  readonly #takenAt = new WeakMap<Job, number>();
  readonly #firstRunnable = new Recent<number>();

  constructor(adapter: Adapter) {
    this.#adapter = adapter;
  }

  /** The attempt of a job that runs now. */
  of(job: Job | undefined): RunningJob | undefined {
    return typeof job === 'object' && job !== null ? this.#byJob.get(job) : undefined;
  }

  listen(events: WorkerEvents, workers: WorkerWatch): void {
    const { quietly } = this.#adapter;
    events.on('localQueue:getJobs:complete', ({ jobs }) =>
      quietly('localQueue:getJobs:complete', () => {
        const now = workers.queue.now();
        for (const job of jobs) this.#takenAt.set(job, now);
      }),
    );
    // Before the app's own listeners, so that they see the payload as it was given.
    events.prependListener('job:start', (event: { worker: Worker; job: Job }) =>
      quietly('job:start', () => this.#start(event.worker, event.job, workers)),
    );
    events.on('job:success', ({ job }) => quietly('job:success', () => this.of(job)?.succeeded()));
    events.on('job:error', ({ job, error, batchJobErrors }) =>
      quietly('job:error', () => this.of(job)?.errored(error, batchJobErrors !== undefined)),
    );
    events.on('job:complete', ({ job, error }) =>
      quietly('job:complete', () => {
        const run = this.of(job);
        if (run) this.#leave(run, job);
        if (run && !run.ran) this.#unseen(job.task_identifier);
        run?.settle(error !== null && error !== undefined);
        if (error === null || error === undefined || job.attempts >= job.max_attempts)
          this.#firstRunnable.forget(job.id);
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

  // Its attempts are told all the same, but what the task does is in none of their traces.
  #unseen(task: string): void {
    this.#adapter.tell(
      `unseen:${task}`,
      `the task '${task}' that ran is not the observed one: what it does is in no trace. Give the runner the task list that runner() or tasks() returned: run(jobs.runner({ …, taskList }))`,
    );
  }

  #start(worker: Worker, job: Job, workers: WorkerWatch): void {
    const note = takeNote(job);
    const { carriers, told } = this.#adapter;
    if (note.carrier) carriers.keep(job.id, note.carrier);
    // It was dead when that was told here: another process, or SQL, has brought it back.
    if (told.ended(job.id)) told.revived(job.id, job.max_attempts);
    const queue = this.#adapter.queue(job.task_identifier);
    const now = queue.now();
    // The database's moments on our clock: it took the job (locked_at) when we got it.
    const lockedAt = momentOf(job.locked_at);
    const offset = lockedAt === undefined ? undefined : (this.#takenAt.get(job) ?? now) - lockedAt;
    const here = (moment: number | undefined): number | undefined =>
      moment === undefined || offset === undefined ? undefined : moment + offset;
    const attempt = queue.attempt({
      job: { id: job.id, priority: job.priority, maxAttempts: job.max_attempts },
      carrier: note.carrier,
      number: job.attempts,
      worker: workers.of(worker),
      runnableAt: here(momentOf(job.run_at)),
      firstRunnableAt: here(this.#firstRunnableOf(job, note)),
      startedAt: now,
      previous: previousOf(job),
    });
    const run = new RunningJob(this.#adapter, worker, job, attempt);
    this.#byJob.set(job, run);
    this.#open.add(run);
    this.#adapter.running.add(job.id);
  }

  // `run_at` is rewritten by each retry: later attempts know it from their first one here, or from what travelled with the job.
  #firstRunnableOf(job: Job, note: Note): number | undefined {
    if (job.attempts === 1) {
      const runAt = momentOf(job.run_at);
      if (runAt !== undefined) this.#firstRunnable.keep(job.id, runAt);
      return runAt;
    }
    const known = this.#firstRunnable.get(job.id);
    if (known !== undefined) return known;
    const createdAt = momentOf(job.created_at);
    // Replaced or rescheduled since: nobody knows any more.
    if (note.carrier === undefined || createdAt !== momentOf(job.updated_at)) return undefined;
    return note.runAt ?? createdAt;
  }

  #lose(which: (run: RunningJob) => boolean, written: boolean): void {
    for (const run of this.#open) {
      if (!which(run)) continue;
      this.#open.delete(run);
      this.#adapter.running.delete(run.jobId);
      run.lose(written);
    }
  }

  #leave(run: RunningJob, job: Job): void {
    this.#open.delete(run);
    this.#byJob.delete(job);
    this.#adapter.running.delete(job.id);
  }
}

function ofPool(pool: WorkerPool): (run: RunningJob) => boolean {
  return (run) => run.worker.workerPool === pool;
}

// An older one is not the attempt before: that was killed, and its span never left.
function previousOf(job: Job): PreviousAttempt | undefined {
  const found = previousAttemptOf(job.last_error);
  return found?.number === job.attempts - 1 ? found : undefined;
}
