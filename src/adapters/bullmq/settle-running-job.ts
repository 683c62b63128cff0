import type { AfterFailure } from '../../jobs/index.js';
import { reasonOf } from './outcome.js';
import type { RunningJob } from './running-job.js';
import type { Move } from './settle-commands.js';

/**
 * Settles a job that runs here by what was done to it, whoever's Job that was done by. `next` is what its store gave with its end.
 *
 * @returns False where it has ended, and its end is emitted elsewhere.
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
  // What a child came to, and what a handler that has ended did, BullMQ itself stores, and has events for.
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
