import { attemptAt, attemptBegun } from '../common/attempts-here.js';

/** An attempt begins when its job's row was read, which a store that does not answer keeps nobody from working for longer. */
const PATIENCE_MILLIS = 1_000;

/**
 * Runs `fn` in the context of a job that `boss.fetch` gave, as a handler of `work` runs in it: spans, logs and signals of it are within the
 * attempt. Whoever in this process observes the boss, by hand or by instrumentation. It first waits until the attempt has begun, a second at
 * most: with the fetch, a read of the table is sent. Where the job has no attempt here, `fn` runs as it is.
 *
 * @param job The job, or an object with its `id`.
 * @param fn What is done for the job; it may be called for as often as there is something to do.
 * @returns What `fn` returns.
 *
 * @example
 * ```ts
 * import type { PgBoss } from 'pg-boss';
 * import { within } from 'signalbox/pg-boss';
 *
 * export async function sendNext(boss: PgBoss): Promise<void> {
 *   const [job] = await boss.fetch<{ to: string }>('mail');
 *   if (!job) return;
 *   await within(job, async () => console.log(`to ${job.data.to}`));
 *   await boss.complete('mail', job.id);
 * }
 * ```
 */
export async function within<T>(job: { readonly id: string }, fn: () => T | PromiseLike<T>): Promise<T> {
  const begun = attemptBegun('pg-boss', job);
  if (begun) await atMost(begun, PATIENCE_MILLIS);
  const attempt = attemptAt('pg-boss', job);
  // What has only a `then`, as queries of ORMs do, begins when it is awaited: that belongs into the attempt.
  return attempt ? attempt.within(async () => fn()) : fn();
}

async function atMost(work: Promise<unknown>, millis: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, millis);
  });
  await Promise.race([work, patience]);
  clearTimeout(timer);
}
