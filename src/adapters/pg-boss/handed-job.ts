import type { JobWithMetadata } from 'pg-boss';
import type { KnownJob } from './running-jobs.js';

/** What telemetry knows of a job that is handed to a handler. */
export type HandedJob = KnownJob & { readonly signal: AbortSignal | undefined };

/** What telemetry asks of all that pg-boss has of a job: never its data. */
export function handed(job: JobWithMetadata<unknown>): HandedJob {
  // Each by its name: a copy of all that it has would be one of thirty-six.
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

/** What pg-boss hands out of a job to who does not ask for metadata. */
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
/** Versions that settle by attempt say to everyone which one it is. */
const PLAIN_BEFORE: readonly string[] = PLAIN.filter((key) => key !== 'retryCount');

/** A job as its handler gets it that has not asked for the metadata that telemetry has asked for. */
export function withoutMetadata(job: object, byAttempt: boolean): object {
  const all = job as Record<string, unknown>;
  const plain: Record<string, unknown> = {};
  // A new object: one that loses most of what it has is slow from then on, in the app's hands too.
  for (const key of byAttempt ? PLAIN : PLAIN_BEFORE) if (Object.hasOwn(job, key)) plain[key] = all[key];
  return plain;
}
