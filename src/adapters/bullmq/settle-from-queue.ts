import type { IQueueBackend, Job } from 'bullmq';
import type { Observation } from '../common/observed-object.js';
import type { BullMQAdapter } from './adapter.js';
import { infoOf, maxAttemptsOf } from './job-facts.js';
import { keyAt, placeOn, telemetryAt, whereabouts } from './queue-place.js';
import { pastOf } from './removed.js';
import { runningAt } from './running-jobs.js';
import type { Move } from './settle-commands.js';
import { hearMoves } from './settle-commands.js';
import { settle } from './settle-running-job.js';

/**
 * Observes the commands of a queue's backend by which the app moves a Job by hand. Either a worker of this process has the job, or no worker is known
 * to have it.
 */
export function movedByHand(adapter: BullMQAdapter, backend: IQueueBackend): Observation<IQueueBackend> {
  return hearMoves({
    moved: (id, move, next, given) =>
      adapter.quietly('a job that was moved by hand', () => {
        const key = keyAt(whereabouts(backend), id);
        const running = runningAt(adapter, key);
        if (running && settle(running, move, next)) return;
        if (move.to !== 'completed' && move.to !== 'failed') return;
        adapter.memory.forget(key);
        emitEnd(given as Job, move);
      }),
    // The caller that was refused may not be the one that has the job.
    refused: () => undefined,
  });

  function emitEnd(job: Job, { to }: Move): void {
    const queue = telemetryAt(adapter, placeOn(backend, job.queueName));
    // The Job's count rises only after this.
    const attempts = Number(job.attemptsMade) + 1;
    if (to === 'completed') {
      queue.completed(infoOf(job), { attempts, ...pastOf(adapter, job) });
      return;
    }
    const reason = attempts >= maxAttemptsOf(job.opts) ? 'max_attempts' : 'not_retryable';
    queue.abandoned(infoOf(job), { reason, attempts, ...pastOf(adapter, job) });
  }
}
