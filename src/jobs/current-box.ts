import type { BoundBox, Core } from '../box/core.js';
import type { BoundFields } from '../signal/bound-fields.js';
import { bound } from '../signal/bound-fields.js';
import { CLOCK_KEY, valueIn } from '../telemetry/context.js';
import type { QueueValues } from './job-fields.js';
import * as f from './job-fields.js';

/** What is known of the job that runs. */
interface JobThatRuns extends QueueValues {
  job_id?: string | undefined;
  job_type?: string | undefined;
  attempt?: number | undefined;
  worker_id?: string | undefined;
}

/** The same, under the names and keys of its signals. */
export const OF_JOB: BoundFields<JobThatRuns> = bound({
  queue: f.queue,
  namespace: f.namespace,
  job_id: f.jobId,
  job_type: f.jobType,
  attempt: f.attempt,
  worker_id: f.workerId,
});

/** What runs in a context of jobs. */
export interface Runs {
  /** The box, bound to the job; nothing where the job is of another box. */
  boxOf(core: Core): BoundBox | undefined;
}

/** The box, bound to the job that runs; outside of jobs the box as it is. */
export function currentBox(core: Core, otherwise: BoundBox): BoundBox {
  const clock = valueIn(core.activeContext(), CLOCK_KEY) as
    | { readonly owner?: Partial<Runs> | undefined }
    | undefined;
  return clock?.owner?.boxOf?.(core) ?? otherwise;
}
