import type { JobResult } from 'pg-boss';
import type { Attempt } from '../../jobs/attempt-info.js';
import { afterFailureOf } from './after-failure.js';
import type { KnownJob } from './running-jobs.js';

/** The result that a handler returned for each job, by its id. */
export function resultsOf(value: unknown): ReadonlyMap<string, JobResult> {
  const results = new Map<string, JobResult>();
  if (Array.isArray(value)) for (const result of value as JobResult[]) results.set(result?.id, result);
  return results;
}

/** Emits the end of an attempt by its result. Without a result, pg-boss fails the job. */
export function emitResult(attempt: Attempt, job: KnownJob, result: JobResult | undefined): void {
  if (result?.status === 'completed') attempt.completed();
  else if (result?.status === 'deadletter')
    attempt.failed(errorIn(result), { retry: false, reason: 'not_retryable' });
  else attempt.failed(errorIn(result), afterFailureOf(job));
}

// The output is data of the app. If it is an error, telemetry shows its type and message.
function errorIn(result: JobResult | undefined): unknown {
  if (!result) return new Error('no disposition returned by handler');
  const output: unknown = result.output;
  return output instanceof Error ? output : new Error(`the handler settled the job as ${result.status}`);
}
