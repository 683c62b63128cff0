import type { AfterFailure } from '../../jobs/job.js';
import type { JobRow } from './job-row.js';
import { delayOf } from './job-row.js';
import type { KnownJob } from './running-jobs.js';

// Policies that keep no places for jobs in `retry`. With the others (`stately` in 12.38) one may be taken, and the job then fails for good.
const RETRY_LANDS: ReadonlySet<unknown> = new Set([undefined, null, 'standard', 'short', 'singleton']);

/** Whether a retry of this job always lands. */
export function retryLands({ policy }: KnownJob): boolean {
  return RETRY_LANDS.has(policy);
}

/** Whether only the table has what follows a failure: a delay that is drawn in the database, a retry whose place may be taken. */
export function followsInTable(job: KnownJob): boolean {
  return job.retryCount < job.retryLimit && (job.retryBackoff || !retryLands(job));
}

/**
 * What pg-boss does after this attempt fails, `reason` being why it is the end where it was the last. `row` is what the table said
 * after that, where it was read.
 */
export function afterFailureOf(
  job: KnownJob,
  row?: JobRow,
  reason: 'max_attempts' | 'timeout' = 'max_attempts',
): AfterFailure {
  if (job.retryCount >= job.retryLimit) return { retry: false, reason };
  // A retry that began meanwhile counts as an attempt more: such a row says nothing of what followed this one.
  const after = row?.attempts === job.retryCount + 1 ? row : undefined;
  if (after?.state === 'failed') return { retry: false, reason: 'queue_full' };
  return { retry: true, delayMillis: job.retryBackoff ? after && delayOf(after) : job.retryDelay * 1000 };
}

/** What pg-boss has done after a command failed the job, by its row since, and what was known of the attempt that it ended. */
export function afterFailureIn(row: JobRow, job?: KnownJob): AfterFailure {
  // A later attempt has begun since: what became of it is its own.
  const retried = job !== undefined && (row.attempts ?? 0) > job.retryCount + 1;
  if (retried || row.state !== 'failed') return { retry: true, delayMillis: delayOf(row) };
  // With retries left, it failed for good since the place of the retry was taken.
  return { retry: false, reason: (row.retriesLeft ?? 0) > 0 ? 'queue_full' : 'max_attempts' };
}
