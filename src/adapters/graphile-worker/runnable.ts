import type { Job } from 'graphile-worker';
import type { PayloadNote } from './job-carrier.js';
import { laterOf, momentOf } from './moment.js';
import type { Schema } from './schema.js';

/** The moments of a job's row. */
export interface Moments {
  readonly created_at?: unknown;
  readonly updated_at?: unknown;
  readonly run_at?: unknown;
}

/**
 * From when a job can run, in epoch milliseconds by the database's clock: never before its row was there, though `run_at` may say so. Undefined if
 * the row was changed after that: it may have been moved, brought back, or touched under its key, and does not say which.
 */
export function runnableFrom(row: Moments): number | undefined {
  const from = laterOf(momentOf(row.created_at), momentOf(row.run_at));
  const updatedAt = momentOf(row.updated_at);
  return from !== undefined && updatedAt !== undefined && updatedAt > from ? undefined : from;
}

/** The same for a job that is about to run. Here more is known: from moves of this process, and from what travels with the job. */
export function knownFrom(schema: Schema, job: Job, note: PayloadNote): number | undefined {
  const moved = schema.moved.get(job.id);
  if (moved !== undefined && moved.updatedAt === momentOf(job.updated_at)) return moved.runnableAt;
  return isTouched(job, note) ? laterOf(momentOf(job.created_at), momentOf(job.run_at)) : runnableFrom(job);
}

/** Whether an add under the job's key changed the row and left its time alone. An add that gave a time has it in its note. */
function isTouched(job: Job, note: PayloadNote): boolean {
  if (job.revision === 0 || job.last_error !== null || note.carrier === undefined) return false;
  return note.runAt !== momentOf(job.run_at);
}
