import { string } from '../signal/field.js';
import type { Signal } from '../signal/signal.js';
import { defineSignal } from '../signal/signal.js';
import type { RejectReason } from './job.js';
import type { JobValues } from './job-fields.js';
import * as f from './job-fields.js';
import { JOB_LABELS } from './labels-and-buckets.js';
import { ATTR, METRIC } from './semconv.js';

/** The queue has accepted the job. */
export const JOB_QUEUED: Signal<
  JobValues & { priority?: number | undefined; queue_size?: number | undefined; delay?: number | undefined }
> = defineSignal('JOB_QUEUED', {
  message: 'Job queued for processing',
  fields: {
    job_id: f.jobId,
    job_type: f.jobType,
    priority: f.priority,
    queue_size: f.queueSize,
    delay: f.delay,
    ...f.common,
  },
  metrics: [
    { type: 'counter', name: METRIC.enqueued, unit: '{job}', description: 'Jobs accepted', by: JOB_LABELS },
  ],
  spanEvents: 'lifecycle',
});

type RejectedValues = JobValues & {
  reason: RejectReason;
  queue_size?: number | undefined;
  queue_capacity?: number | undefined;
  error?: unknown;
};

/** The queue refused the job. */
export const JOB_REJECTED: Signal<RejectedValues> = defineSignal('JOB_REJECTED', {
  message: 'Job rejected',
  severity: 'warn',
  fields: {
    job_id: f.jobId,
    job_type: f.jobType,
    reason: string({ attribute: ATTR.rejectReason }),
    queue_size: f.queueSize,
    queue_capacity: f.queueCapacity,
    // For the reason `error`. The other reasons say what was wrong.
    error: f.thrownMaybe,
    ...f.common,
  },
  metrics: [
    {
      type: 'counter',
      name: METRIC.rejected,
      unit: '{job}',
      description: 'Jobs refused',
      by: [...JOB_LABELS, 'reason'],
    },
  ],
  spanEvents: 'lifecycle',
}) as Signal<RejectedValues>;

/** The queue did not accept the job, because it holds one of this id already. */
export const JOB_DUPLICATE: Signal<JobValues> = defineSignal('JOB_DUPLICATE', {
  message: 'Job is in the queue already',
  severity: 'debug',
  fields: { job_id: f.jobId, job_type: f.jobType, ...f.common },
  spanEvents: 'lifecycle',
});
