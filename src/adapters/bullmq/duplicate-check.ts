import type { Job, JobJson } from 'bullmq';
import type { Before } from './duplicate-lookup.js';
import { readMetadata } from './job-carrier.js';

/** What is known of a job that was added under an id of the app's, or with a deduplication. */
export interface Evidence {
  readonly job: Pick<Job, 'id' | 'opts' | 'timestamp'>;
  /** What the store gave for it as a node of a flow. */
  readonly answer: unknown;
  /** What is stored under its id now. */
  readonly there: Pick<JobJson, 'opts' | 'timestamp'> | undefined;
  readonly before: Before | undefined;
  /** Whether `before` is certain to be of before. */
  readonly inOrder: boolean;
  /** A job of its id came with the same call, before it. */
  readonly cameWith: boolean;
  /** The id under its deduplication id when it was sent. */
  readonly standing: string | null | undefined;
}

export type Outcome = 'new' | 'duplicate' | 'unknown';

/** Whether a job that BullMQ gave back is the one that was added, or one that stood in its place. */
export function outcomeOf(evidence: Evidence): Outcome {
  const { job, answer, there, before, inOrder, cameWith, standing } = evidence;
  // What stands in for a Job in the app's tests may have no options; for BullMQ an id that is empty is none.
  const jobId = job.opts?.jobId || undefined;
  // A node of a flow keeps the id that it was to have, whatever stands in its place.
  if (typeof answer === 'string' && answer !== job.id) return 'duplicate';
  if (jobId !== undefined && jobId !== job.id) return 'duplicate';
  const same = there && isSame(there, job);
  if (same !== undefined) return same ? 'new' : 'duplicate';
  // It is gone.
  if (cameWith) return 'duplicate';
  if (!before) return 'unknown';
  if (!inOrder) return typeof standing === 'string' && standing !== job.id ? 'new' : 'unknown';
  if (before.existed) return 'duplicate';
  if (standing !== job.id) return 'new';
  // With an id of the app's, the key may be left over from an earlier job of it, or still keep others out.
  return jobId === undefined ? 'duplicate' : 'unknown';
}

/** Whether what is stored is this job. Undefined where nothing in them says so. */
function isSame(there: Pick<JobJson, 'opts' | 'timestamp'>, job: Evidence['job']): boolean | undefined {
  const own = job.opts?.telemetry?.metadata;
  if (there.opts?.telemetry?.metadata !== own) return false;
  // Of BullMQ on PostgreSQL one of them may be a text.
  if (Number(there.timestamp) !== Number(job.timestamp)) return false;
  return readMetadata(own).ours ? true : undefined;
}
