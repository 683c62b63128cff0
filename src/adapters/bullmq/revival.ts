import type { Job } from 'bullmq';
import type { QueueTelemetry } from '../../jobs/index.js';
import type { BullMQAdapter } from './adapter.js';
import { readMetadata } from './job-carrier.js';
import { infoOf, maxAttemptsOf } from './job-facts.js';
import { tracesOf } from './link-note.js';
import { keyOf, whereIs } from './queue-place.js';
import type { ReadJob } from './read-job.js';

/**
 * Whether a job that is started had ended and was brought back. Whoever did that (`job.retry()`, `queue.retryJobs()`, a dashboard) may be
 * anywhere: the worker that starts it knows, where the job's own fields or what was seen here say so.
 */
export type Life = 'first' | 'revived' | 'unknown';

export function lifeOf(adapter: BullMQAdapter, job: Job): Life {
  const { attemptsMade, attemptsStarted } = job;
  const traces = tracesOf(job);
  if (endedHere(adapter, job)) return 'revived';
  if (attemptsMade === 0 && traces > 0) return 'revived';
  if (attemptsMade >= maxAttemptsOf(job.opts)) return 'revived';
  // More traces than failures are left where the count was set back; of what failed and is retried the reason stays.
  if (traces > attemptsMade || (attemptsMade > 0 && !job.failedReason)) return 'unknown';
  // PostgreSQL sets the counts back with whatever it brings back: a job that was there before is as one that was never started.
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
  // What failed and is retried keeps its reason; what is brought back loses it. Something thrown that is no error never had one, nor a
  // stack trace.
  else if (job.attemptsMade > 0 && tracesOf(job) === job.attemptsMade && !job.failedReason)
    adapter.core.tellLater(emitIfReasonIsGone(adapter, queue, read, job));
}

function endedHere(adapter: BullMQAdapter, job: Job): boolean {
  return adapter.ended.get(keyOf(job))?.timestamp === job.timestamp;
}

// An error without a message leaves an empty reason, which a Job does not show: only the store does.
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
  // It may be started more than once in the life that it was brought back to.
  const life = `${job.timestamp} ${job.attemptsMade} ${tracesOf(job)}`;
  if (adapter.revived.get(key) === life) return;
  adapter.revived.keep(key, life);
  const { carrier } = readMetadata(job.opts.telemetry?.metadata);
  queue.revived(infoOf(job), { attempts: job.attemptsMade, carrier });
}
