import { attemptAt, attemptBegun } from '../common/attempts-here.js';

/** An attempt begins when its job's row has been read. A store that does not answer keeps the app from its work for no longer than this. */
const PATIENCE_MILLIS = 1_000;

/**
 * Runs `fn` in the context of a job that `boss.fetch` returned, as a handler of `work` runs in it: its spans, logs and signals are within the
 * attempt. Any box of this process may observe the boss, by wrapper or by instrumentation. `within` first waits until the attempt has begun, for a
 * second at most: signalbox reads the job's row after a fetch. If the job has no attempt in this process, `fn` runs as it is.
 *
 * @param job The job, or an object with its `id`.
 * @param fn Work for the job. You may call `within` as often as there is something to do for the job.
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
  // An object with only a `then`, such as a query of an ORM, begins when it is awaited. That belongs into the attempt.
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
