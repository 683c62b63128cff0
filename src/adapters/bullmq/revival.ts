import type { Job, Worker } from 'bullmq';
import type { QueueTelemetry } from '../../jobs/index.js';
import type { Adapter } from './adapter.js';
import { keyOf } from './adapter.js';
import { infoOf, maxAttemptsOf } from './job-facts.js';
import { readMetadata } from './metadata.js';
import { tracesOf } from './note.js';

/**
 * Tells a job that had ended and is started again. Whoever brought it back (`job.retry()`, `queue.retryJobs()`, a dashboard) may be
 * anywhere: the worker that starts it knows.
 */
export function tellRevival(adapter: Adapter, queue: QueueTelemetry, worker: Worker, job: Job): void {
  const key = keyOf(job.queueQualifiedName, job.id);
  const isKnown = adapter.ended.get(key) === job.timestamp;
  if (isKnown) adapter.ended.forget(key);
  const { attemptsMade } = job;
  const wasReset = attemptsMade === 0 && tracesOf(job) > 0;
  if (isKnown || wasReset || attemptsMade >= maxAttemptsOf(job.opts)) tell(adapter, queue, job);
  // What failed and is retried keeps its reason; what is brought back loses it. Something thrown that is no error never had one, nor a
  // stack trace.
  else if (attemptsMade > 0 && tracesOf(job) === attemptsMade && !job.failedReason)
    void tellIfReasonIsGone(adapter, queue, worker, job);
}

// An error without a message leaves an empty reason, which a Job does not show: only the store does.
async function tellIfReasonIsGone(
  adapter: Adapter,
  queue: QueueTelemetry,
  worker: Worker,
  job: Job,
): Promise<void> {
  try {
    const stored = await worker.backend.getJobData(job.id ?? '');
    if (stored && typeof stored.failedReason !== 'string') tell(adapter, queue, job);
  } catch (error) {
    adapter.report('whether a job was brought back', error);
  }
}

function tell(adapter: Adapter, queue: QueueTelemetry, job: Job): void {
  const key = keyOf(job.queueQualifiedName, job.id);
  // It may be started more than once in the life that it was brought back to.
  const life = `${job.timestamp} ${job.attemptsMade} ${tracesOf(job)}`;
  if (adapter.revived.get(key) === life) return;
  adapter.revived.keep(key, life);
  const { carrier } = readMetadata(job.opts.telemetry?.metadata);
  queue.revived(infoOf(job), { attempts: job.attemptsMade, carrier });
}
