import type { Job, JobJson } from 'bullmq';
import type { Before } from './duplicate-lookup.js';
import { readMetadata } from './job-carrier.js';

/** What the adapter knows of a job that the app added with a `jobId` or a deduplication. */
export interface Evidence {
  readonly job: Pick<Job, 'id' | 'opts' | 'timestamp'>;
  /** What the store returned for it, if it is a node of a flow. */
  readonly answer: unknown;
  /** The job that the store has under its id now. */
  readonly there: Pick<JobJson, 'opts' | 'timestamp'> | undefined;
  readonly before: Before | undefined;
  /** Whether the store certainly answered `before` before it got the job. */
  readonly inOrder: boolean;
  /** The same call added another job with its id before it. */
  readonly cameWith: boolean;
  /** The id of the job that had its deduplication id when this one was sent. */
  readonly standing: string | null | undefined;
}

export type Outcome = 'new' | 'duplicate' | 'unknown';

/** Whether the job that BullMQ returned is the one that the app added, or another one that was there already. */
export function outcomeOf(evidence: Evidence): Outcome {
  const { job, answer, there, before, inOrder, cameWith, standing } = evidence;
  // A stub in the app's tests may have no options. BullMQ treats an empty id as no id.
  const jobId = job.opts?.jobId || undefined;
  // A node of a flow keeps the id that the app asked for, even if another job has its place.
  if (typeof answer === 'string' && answer !== job.id) return 'duplicate';
  if (jobId !== undefined && jobId !== job.id) return 'duplicate';
  const same = there && isSame(there, job);
  if (same !== undefined) return same ? 'new' : 'duplicate';
  // The store no longer has the job.
  if (cameWith) return 'duplicate';
  if (!before) return 'unknown';
  if (!inOrder) return typeof standing === 'string' && standing !== job.id ? 'new' : 'unknown';
  if (before.existed) return 'duplicate';
  if (standing !== job.id) return 'new';
  // With a `jobId`, the deduplication id may be left from an earlier job of the same id, or may still keep other jobs out.
  return jobId === undefined ? 'duplicate' : 'unknown';
}

/** Whether the stored job is this one. Undefined if their fields do not tell. */
function isSame(there: Pick<JobJson, 'opts' | 'timestamp'>, job: Evidence['job']): boolean | undefined {
  const own = job.opts?.telemetry?.metadata;
  if (there.opts?.telemetry?.metadata !== own) return false;
  // On PostgreSQL, one of them may be a string.
  if (Number(there.timestamp) !== Number(job.timestamp)) return false;
  return readMetadata(own).ours ? true : undefined;
}
