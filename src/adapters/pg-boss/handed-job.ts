import type { JobWithMetadata } from 'pg-boss';
import type { KnownJob } from './running-jobs.js';

/** What telemetry knows of a job that pg-boss hands to a handler. */
export type HandedJob = KnownJob & { readonly signal: AbortSignal | undefined };

/** The fields of a job that telemetry uses: never its data. */
export function handed(job: JobWithMetadata<unknown>): HandedJob {
  // Name each field: a spread would copy all thirty-six.
  return {
    id: job.id,
    name: job.name,
    state: job.state,
    policy: job.policy,
    priority: job.priority,
    retryCount: job.retryCount,
    retryLimit: job.retryLimit,
    retryDelay: job.retryDelay,
    retryBackoff: job.retryBackoff,
    expireInSeconds: job.expireInSeconds,
    heartbeatSeconds: job.heartbeatSeconds,
    createdOn: job.createdOn,
    startAfter: job.startAfter,
    startedOn: job.startedOn,
    output: job.output,
    signal: job.signal,
  };
}

/** The fields that a handler gets if it does not ask for metadata. */
const PLAIN: readonly string[] = [
  'id',
  'name',
  'data',
  'retryCount',
  'expireInSeconds',
  'heartbeatSeconds',
  'groupId',
  'groupTier',
  'signal',
];
/** The same, before versions that settle by attempt: only those give everyone the number of the attempt. */
const PLAIN_BEFORE: readonly string[] = PLAIN.filter((key) => key !== 'retryCount');

/** The job for a handler that has not asked for metadata: without the metadata that signalbox asked for. */
export function withoutMetadata(job: object, byAttempt: boolean): object {
  const all = job as Record<string, unknown>;
  const plain: Record<string, unknown> = {};
  // Make a new object: one that loses most of its properties stays slow, in the app's hands too.
  for (const key of byAttempt ? PLAIN : PLAIN_BEFORE) if (Object.hasOwn(job, key)) plain[key] = all[key];
  return plain;
}
