import type { IQueueBackend, Job, Worker } from 'bullmq';
import { beside } from '../../jobs/beside.js';
import type { AfterFailure } from '../../jobs/index.js';
import { observeInPlace } from '../common/in-place.js';
import type { Adapter } from './adapter.js';
import { keyOf } from './adapter.js';
import { reasonOf, tellsTaken } from './outcome.js';
import type { RunningJob } from './running-job.js';
import { runningJobs } from './running-jobs.js';
import type { Move } from './worker-moves.js';
import { hearMoves } from './worker-moves.js';
import type { WorkerWatch } from './worker-watch.js';

/** What BullMQ takes for a job without a lock. */
const NO_LOCK = '0';

/**
 * Observes what the app does by hand: jobs that it asks the worker for (`getNextJob`), and what becomes of jobs by their own methods, of
 * those too that a processor has. BullMQ tells nothing of either.
 */
export function observeByHand(adapter: Adapter, watch: WorkerWatch): void {
  // BullMQ before 6 would tell the start, and never the end.
  if (!watch.hearsMoves) return;
  const { worker } = watch;

  function runningOf(id: string): RunningJob | undefined {
    return runningJobs(adapter).get(keyOf(worker.qualifiedName, id));
  }

  function take(job: Job): void {
    const held = watch.runningOf(job);
    held?.goesTo('hand');
    const running = held ?? watch.begin(job, 'hand');
    // Nobody renews the lock of such a job but the app.
    if (job.token !== NO_LOCK) running?.lostAfter(watch.lockMillis);
  }

  hearMoves(worker.backend as IQueueBackend, {
    moved: (id, move, next) =>
      watch.quietly('a job that was moved by hand', () => {
        const running = runningOf(id);
        if (!running) return;
        const isByHand = running.runner === 'hand';
        settle(running, move);
        const following = isByHand && move.to !== 'locked' ? jobIn(worker, running.job, next) : undefined;
        if (following) take(following);
      }),
    refused: (id, error) =>
      watch.quietly('a job that was not moved', () => {
        const running = runningOf(id);
        if (running?.runner === 'hand' && tellsTaken(error, id)) running.lost();
      }),
  });

  observeInPlace(worker, {
    getNextJob: (call, args) => {
      watch.quietly('a job that is asked for', () => {
        watch.started();
        watch.idle.asks(watch.now());
      });
      const result = call(...args);
      beside<Job | undefined>(
        result,
        (job) => {
          if (job) watch.quietly('a job that was asked for', () => take(job));
        },
        () => undefined,
      );
      return result;
    },
  });
}

function settle(running: RunningJob, move: Move): void {
  const { runner } = running;
  if (move.to === 'locked') {
    if (runner === 'hand') running.lostAfter(move.millis);
  } else if (move.to === 'back') {
    if (runner) running.putBack(move.reason, move.delayMillis);
  }
  // What a child came to, and what a handler that has ended did, BullMQ itself stores, and tells.
  else if (runner === 'processor' || runner === 'hand') {
    if (move.to === 'completed') running.completed();
    else running.failedWith(move.error, afterMove(running, move));
  }
}

function afterMove(
  { job, circumstances }: RunningJob,
  move: Move & { readonly to: 'failed' | 'retry' },
): AfterFailure {
  if (move.to === 'retry') return { retry: true, delayMillis: move.delayMillis };
  const { opts, attemptsStarted } = job;
  const ended = { opts, attemptsStarted, attemptsMade: job.attemptsMade + 1 };
  return { retry: false, reason: reasonOf(ended, move.error, circumstances) };
}

/** The job that was fetched with the end of another; the app makes its own Job of it. */
function jobIn(worker: Worker, before: Job, next: unknown): Job | undefined {
  const [data, id] = Array.isArray(next) ? (next as [unknown, unknown]) : [];
  if (typeof data !== 'object' || data === null || typeof id !== 'string') return undefined;
  const { fromJSON } = before.constructor as typeof Job;
  const job = fromJSON.call(before.constructor as typeof Job, worker as never, data as never, id) as Job;
  if (before.token !== undefined) job.token = before.token;
  return job;
}
