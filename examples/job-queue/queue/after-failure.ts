import type { AbandonReason, AfterFailure } from 'signalbox/jobs';
import type { Failure } from './execution.js';
import type { Job } from './job.js';
import { isNotRetryable } from './processor.js';

/** Milliseconds from the n-th failed attempt of a job to its next: 1 s, 4 s, 9 s and so on. */
export function quadraticBackoff(failedAttempt: number): number {
  return failedAttempt * failedAttempt * 1000;
}

/** What follows an attempt that did not complete: another one, or the end of the job and why. */
export function afterFailure(
  job: Job,
  failure: Failure,
  queue: { readonly closed: boolean; readonly backoffMillis: (failedAttempt: number) => number },
): AfterFailure {
  const reason = endOf(job, failure, queue.closed);
  return reason === undefined
    ? { retry: true, delayMillis: delayAfter(job.attempts, queue.backoffMillis) }
    : { retry: false, reason };
}

function endOf(job: Job, failure: Failure, closed: boolean): AbandonReason | undefined {
  if (failure.kind === 'lost') return 'shutdown';
  if (failure.kind === 'cancelled') return 'cancelled';
  if (failure.kind === 'failed' && isNotRetryable(failure.error)) return 'not_retryable';
  if (job.attempts >= job.info.maxAttempts) return failure.kind === 'timed_out' ? 'timeout' : 'max_attempts';
  return closed ? 'shutdown' : undefined;
}

/** A backoff of the user's that throws or gives no delay must not cost the job its retry. */
function delayAfter(failedAttempt: number, backoffMillis: (failedAttempt: number) => number): number {
  try {
    const millis = backoffMillis(failedAttempt);
    if (typeof millis === 'number' && millis >= 0 && millis < Number.POSITIVE_INFINITY) return millis;
  } catch {
    // As below.
  }
  return quadraticBackoff(failedAttempt);
}
