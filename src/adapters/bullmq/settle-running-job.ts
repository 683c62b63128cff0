import type { AfterFailure } from '../../jobs/index.js';
import { reasonOf } from './outcome.js';
import type { RunningJob } from './running-job.js';
import type { Move } from './settle-commands.js';

/**
 * Settles a job that runs in this process after a move of it, whichever Job made the move. `next` is the job that the store returned with it.
 *
 * @returns False if the job has ended and its end is emitted elsewhere.
 */
export function settle(running: RunningJob, move: Move, next: unknown): boolean {
  const { runner } = running;
  if (move.to === 'locked') {
    if (runner === 'hand') running.lostAfter(move.millis);
    return true;
  }
  if (move.to === 'back') {
    if (runner) running.putBack(move.reason, move.delayMillis);
  }
  // BullMQ itself stores the outcome of a child, and of a handler that has ended. It has events for both.
  else if (runner !== 'processor' && runner !== 'hand') return false;
  else if (move.to === 'completed') running.completed();
  else running.failedWith(move.error, afterMove(running, move));
  if (runner === 'hand') running.holder.follows(running.job, next);
  return true;
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
