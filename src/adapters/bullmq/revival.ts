import type { Job } from 'bullmq';
import type { QueueTelemetry } from '../../jobs/index.js';
import type { BullMQAdapter } from './adapter.js';
import { readMetadata } from './job-carrier.js';
import { infoOf, maxAttemptsOf } from './job-facts.js';
import { tracesOf } from './link-note.js';
import { keyOf, whereIs } from './queue-place.js';
import type { ReadJob } from './read-job.js';

/**
 * Whether a job that starts had ended before and was brought back. Any process may have done that (`job.retry()`, `queue.retryJobs()`, a dashboard).
 * The worker that starts the job finds out, if the job's own fields or an end that this process emitted say so.
 */
export type Life = 'first' | 'revived' | 'unknown';

export function lifeOf(adapter: BullMQAdapter, job: Job): Life {
  const { attemptsMade, attemptsStarted } = job;
  const traces = tracesOf(job);
  if (endedHere(adapter, job)) return 'revived';
  if (attemptsMade === 0 && traces > 0) return 'revived';
  if (attemptsMade >= maxAttemptsOf(job.opts)) return 'revived';
  // Somebody set the count back if there are more traces than failures. A job that failed and is retried keeps its reason.
  if (traces > attemptsMade || (attemptsMade > 0 && !job.failedReason)) return 'unknown';
  // PostgreSQL sets back the counts of all jobs that it brings back. A job from before that looks as if it had never started.
  const revivedAll = adapter.revivedAll.get(whereIs(job));
  const isOlder = revivedAll !== undefined && job.timestamp < revivedAll;
  return attemptsStarted === 1 && isOlder ? 'unknown' : 'first';
}

/** Emits a revival, once for each life. */
export function emitRevival(
  adapter: BullMQAdapter,
  queue: QueueTelemetry,
  read: ReadJob,
  job: Job,
  life: Life,
): void {
  if (life === 'revived') emit(adapter, queue, job);
  // A job that failed and is retried keeps its reason, and one that is brought back loses it. If the handler threw no error but another value, the
  // job never had a reason nor a stack trace.
  else if (job.attemptsMade > 0 && tracesOf(job) === job.attemptsMade && !job.failedReason)
    adapter.core.tellLater(emitIfReasonIsGone(adapter, queue, read, job));
}

function endedHere(adapter: BullMQAdapter, job: Job): boolean {
  return adapter.ended.get(keyOf(job))?.timestamp === job.timestamp;
}

// An error without a message leaves an empty reason. The Job does not show it, only the store does.
async function emitIfReasonIsGone(
  adapter: BullMQAdapter,
  queue: QueueTelemetry,
  read: ReadJob,
  job: Job,
): Promise<void> {
  try {
    const stored = await read(job.id ?? '');
    if (stored && typeof stored.failedReason !== 'string') emit(adapter, queue, job);
  } catch (error) {
    adapter.report('whether a job was brought back', error);
  }
}

function emit(adapter: BullMQAdapter, queue: QueueTelemetry, job: Job): void {
  const key = keyOf(job);
  // The job may start more than once in one life.
  const life = `${job.timestamp} ${job.attemptsMade} ${tracesOf(job)}`;
  if (adapter.revived.get(key) === life) return;
  adapter.revived.keep(key, life);
  const { carrier } = readMetadata(job.opts.telemetry?.metadata);
  queue.revived(infoOf(job), { attempts: job.attemptsMade, carrier });
}
