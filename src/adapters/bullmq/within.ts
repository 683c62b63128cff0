import type { Job } from 'bullmq';
import { attemptAt } from '../common/attempts-here.js';

/**
 * Runs `fn` in the context of a job that a worker's `getNextJob` returned, as a processor runs in it: its spans, logs and signals are within the
 * attempt. Any box of this process may observe the worker, by wrapper or by instrumentation. If the job has no attempt in this process, `fn` runs as
 * it is.
 *
 * @param job The Job, or, on Redis, an object with its `id` and `queueQualifiedName`.
 * @param fn Work for the job. You may call `within` as often as there is something to do for the job.
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
  // An object with only a `then`, such as a query of an ORM, begins when it is awaited. That belongs into the attempt.
  return attempt ? attempt.within(async () => fn()) : fn();
}
