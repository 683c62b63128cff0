import type { JobWithMetadata } from 'pg-boss';
import type { KnownJob } from './running-here.js';

/** What pg-boss hands out of a job to who does not ask for metadata. */
const PLAIN: ReadonlySet<string> = new Set([
  'id',
  'name',
  'data',
  'expireInSeconds',
  'heartbeatSeconds',
  'groupId',
  'groupTier',
  'signal',
]);

/** What telemetry knows of a job that is handed to a handler. */
export type HandedJob = KnownJob & { readonly signal: AbortSignal | undefined };

/** A copy of all that is known of a job but its data. */
export function handed(job: JobWithMetadata<unknown>): HandedJob {
  const { data: _, ...known } = job;
  return known;
}

/**
 * Takes from a job what its handler has not asked for, and telemetry has.
 *
 * @param byAttempt Versions that settle by attempt say to everyone which one it is.
 */
export function withoutMetadata(job: object, byAttempt: boolean): void {
  for (const key of Object.keys(job)) {
    if (PLAIN.has(key) || (byAttempt && key === 'retryCount')) continue;
    Reflect.deleteProperty(job, key);
  }
}
