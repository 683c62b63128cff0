import type { Job } from 'bullmq';
import { attemptAt } from '../common/attempts-here.js';

/**
 * Runs `fn` in the context of a job that a worker's `getNextJob` gave, as a processor runs in it: spans, logs and signals of it are within
 * the attempt. Whoever in this process observes the worker, by hand or by instrumentation. Where the job has no attempt here, `fn` runs as it is.
 *
 * @param job The Job, or, on Redis, an object with its `id` and `queueQualifiedName`.
 * @param fn What is done for the job; it may be called for as often as there is something to do.
 * @returns What `fn` returns.
 *
 * @example
 * ```ts
 * import { Worker } from 'bullmq';
 * import { within } from 'signalbox/bullmq';
 *
 * const worker = new Worker<{ to: string }>('mail', null, { connection: { host: '127.0.0.1', port: 6379 } });
 * const token = 'desk-1';
 *
 * export async function sendNext(): Promise<void> {
 *   const job = await worker.getNextJob(token);
 *   if (!job) return;
 *   await within(job, async () => console.log(`to ${job.data.to}`));
 *   await job.moveToCompleted('sent', token, false);
 * }
 * ```
 */
export async function within<T>(
  job: Pick<Job, 'id' | 'queueQualifiedName'>,
  fn: () => T | PromiseLike<T>,
): Promise<T> {
  const attempt = attemptAt('bullmq', job);
  // What has only a `then`, as queries of ORMs do, begins when it is awaited: that belongs into the attempt.
  return attempt ? attempt.within(async () => fn()) : fn();
}
