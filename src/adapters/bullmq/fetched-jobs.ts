import type { IQueueBackend, Job, Worker } from 'bullmq';
import { isFresh } from '../../jobs/fresh-promise.js';
import { beside } from '../../jobs/watch-promise.js';
import type { Around } from '../common/function-proxy.js';
import { observeInPlace } from '../common/observed-object.js';
import type { BullMQAdapter } from './adapter.js';
import { backendOf } from './backend-by-release.js';
import { meansTaken } from './lost-lock.js';
import { keyAt, whereabouts } from './queue-place.js';
import { moves } from './reschedule-commands.js';
import type { RunningJob } from './running-job.js';
import { runningAt } from './running-jobs.js';
import { hearMoves } from './settle-commands.js';
import { settle } from './settle-running-job.js';
import type { WatchedWorker } from './worker-events.js';

/**
 * Observes what the app does by hand: the jobs that it asks the worker for (`getNextJob`), and the moves that it makes by a Job's own methods, inside
 * a processor too. BullMQ has events for neither.
 */
export function observeByHand(adapter: BullMQAdapter, watch: WatchedWorker): void {
  const { worker } = watch;
  const backend = backendOf(worker);

  function runningOf(id: string): RunningJob | undefined {
    const found = runningAt(adapter, keyAt(whereabouts(backend), id));
    // Another store may have a queue of the same name.
    return found?.holder === watch ? found : undefined;
  }

  observeInPlace<IQueueBackend>(backend, {
    ...moves(adapter, backend),
    ...hearMoves({
      // Once a handler has ended, BullMQ moves the job itself and has events for that.
      hears: (id) => {
        const running = watch.quietly('a job that is moved', () => runningOf(id));
        return running?.runner !== undefined;
      },
      moved: (id, move, next) =>
        watch.quietly('a job that was moved by hand', () => {
          const running = runningOf(id);
          if (running) settle(running, move, next);
        }),
      refused: (id, error) =>
        watch.quietly('a job that was not moved', () => {
          const running = runningOf(id);
          if (running?.runner === 'hand' && meansTaken(error, id)) running.lost();
        }),
    }),
  });

  observeInPlace<Worker>(worker, { getNextJob: aroundGetNextJob(watch) });
}

/** Observes the call by which the app asks a worker for a job. */
export function aroundGetNextJob(watch: WatchedWorker): Around {
  return (call, args) => {
    watch.quietly('a job that is asked for', () => {
      watch.started();
      watch.idle.asks(watch.now());
    });
    const result = call(...args);
    beside<Job | undefined>(
      result,
      (job) => {
        if (job) watch.quietly('a job that was asked for', () => watch.handed(job));
      },
      () => undefined,
      isFresh(result),
    );
    return result;
  };
}
