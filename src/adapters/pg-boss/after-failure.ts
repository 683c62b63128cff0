import type { AfterFailure } from '../../jobs/job.js';
import type { JobRow } from './job-row.js';
import { delayOf } from './job-row.js';
import type { KnownJob } from './running-jobs.js';

// Policies without slots for jobs in `retry`. With the others (`stately` in 12.38) the slot may be taken, and the job then fails for good.
const RETRY_LANDS: ReadonlySet<unknown> = new Set([undefined, null, 'standard', 'short', 'singleton']);

/** Whether a retry of this job always finds a slot. */
export function retryLands({ policy }: KnownJob): boolean {
  return RETRY_LANDS.has(policy);
}

/** Whether only the table says what follows a failure: the database draws the delay, or the slot of the retry may be taken. */
export function followsInTable(job: KnownJob): boolean {
  return job.retryCount < job.retryLimit && (job.retryBackoff || !retryLands(job));
}

/**
 * What pg-boss does after this attempt has failed. `reason` says why the job ends if this was its last attempt. `row` is the job's row after that, if
 * it was read.
 */
export function afterFailureOf(
  job: KnownJob,
  row?: JobRow,
  reason: 'max_attempts' | 'timeout' = 'max_attempts',
): AfterFailure {
  if (job.retryCount >= job.retryLimit) return { retry: false, reason };
  // A row with one attempt more is of a retry that began meanwhile. It says nothing of what followed this attempt.
  const after = row?.attempts === job.retryCount + 1 ? row : undefined;
  if (after?.state === 'failed') return { retry: false, reason: 'queue_full' };
  return { retry: true, delayMillis: job.retryBackoff ? after && delayOf(after) : job.retryDelay * 1000 };
}

/**
 * What pg-boss did after a command failed the job, according to the job's row since then. `job` is what was known of the attempt that the command
 * ended.
 */
export function afterFailureIn(row: JobRow, job?: KnownJob): AfterFailure {
  // A later attempt has begun since, and the state is of that one.
  const retried = job !== undefined && (row.attempts ?? 0) > job.retryCount + 1;
  if (retried || row.state !== 'failed') return { retry: true, delayMillis: delayOf(row) };
  // With retries left, the job failed for good because the slot of the retry was taken.
  return { retry: false, reason: (row.retriesLeft ?? 0) > 0 ? 'queue_full' : 'max_attempts' };
}
