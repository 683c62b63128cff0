import { int, number, optional, string } from '../signal/field.js';
import type { Signal } from '../signal/signal.js';
import { defineSignal } from '../signal/signal.js';
import type { AbandonReason } from './job.js';
import type { JobValues } from './job-fields.js';
import * as f from './job-fields.js';
import { JOB_LABELS, longBuckets } from './labels-and-buckets.js';
import { ATTR, METRIC, PROCESS } from './semconv.js';

/** An attempt begins. */
export const JOB_STARTED: Signal<
  JobValues & {
    worker_id?: string | undefined;
    attempt?: number | undefined;
    max_attempts?: number | undefined;
    wait?: number | undefined;
  }
> = defineSignal('JOB_STARTED', {
  message: 'Job processing started',
  fields: {
    worker_id: f.workerId,
    job_id: f.jobId,
    job_type: f.jobType,
    attempt: f.attempt,
    max_attempts: f.maxAttempts,
    wait: f.wait,
    ...f.common,
  },
  metrics: [
    {
      type: 'histogram',
      name: METRIC.waitDuration,
      unit: 's',
      description: 'From when an attempt could have run to when it began',
      of: 'wait',
      by: JOB_LABELS,
      buckets: longBuckets,
    },
  ],
  spanEvents: 'lifecycle',
});

const processDuration = {
  type: 'histogram',
  name: METRIC.processDuration,
  unit: 's',
  description: 'Run time of a settled attempt',
  of: 'process_time',
} as const;
const turnaround = {
  type: 'histogram',
  name: METRIC.turnaround,
  unit: 's',
  description: 'From when a job could first have run to its end',
  of: 'turnaround',
  by: JOB_LABELS,
  buckets: longBuckets,
} as const;
const ended = {
  type: 'counter',
  name: METRIC.ended,
  unit: '{job}',
  description: 'Jobs that came to an end',
} as const;
const operation = { [ATTR.operationName]: PROCESS };

/** The job's good end. */
export const JOB_COMPLETED: Signal<
  JobValues & {
    worker_id?: string | undefined;
    duration?: number | undefined;
    attempts?: number | undefined;
    turnaround?: number | undefined;
    process_time?: number | undefined;
  }
> = defineSignal('JOB_COMPLETED', {
  message: 'Job processing completed',
  fields: {
    worker_id: f.workerId,
    job_id: f.jobId,
    job_type: f.jobType,
    duration: f.ran,
    attempts: f.attempts,
    turnaround: f.turnaround,
    process_time: f.processTime,
    ...f.common,
  },
  metrics: [
    { ...processDuration, by: JOB_LABELS, constantLabels: operation },
    { ...ended, by: JOB_LABELS, constantLabels: { [ATTR.jobOutcome]: 'completed' } },
    { ...turnaround, constantLabels: { [ATTR.jobOutcome]: 'completed' } },
  ],
  spanEvents: 'lifecycle',
});

/** An attempt failed. */
export const JOB_FAILED: Signal<
  JobValues & {
    worker_id?: string | undefined;
    attempt?: number | undefined;
    duration?: number | undefined;
    process_time?: number | undefined;
    error: unknown;
    max_attempts?: number | undefined;
    will_retry: boolean;
    error_label?: string | undefined;
  }
> = defineSignal('JOB_FAILED', {
  message: 'Job processing failed',
  severity: 'warn',
  fields: {
    worker_id: f.workerId,
    job_id: f.jobId,
    job_type: f.jobType,
    attempt: f.attempt,
    duration: f.ran,
    error: f.thrown,
    max_attempts: f.maxAttempts,
    will_retry: f.willRetry,
    error_label: f.errorLabel,
    process_time: f.processTime,
    ...f.common,
  },
  metrics: [{ ...processDuration, by: [...JOB_LABELS, 'error_label'], constantLabels: operation }],
  spanEvents: 'lifecycle',
});

/** After JOB_FAILED: another attempt is scheduled. */
export const JOB_RETRYING: Signal<
  JobValues & {
    attempt?: number | undefined;
    retry_delay?: number | undefined;
    worker_id?: string | undefined;
    next_attempt?: number | undefined;
    max_attempts?: number | undefined;
    error?: unknown;
    error_label?: string | undefined;
  }
> = defineSignal('JOB_RETRYING', {
  message: 'Job will be retried',
  severity: 'warn',
  fields: {
    job_id: f.jobId,
    job_type: f.jobType,
    attempt: f.attempt,
    retry_delay: f.retryDelay,
    worker_id: f.workerId,
    next_attempt: f.nextAttempt,
    max_attempts: f.maxAttempts,
    error: f.thrownBefore,
    error_label: f.errorLabel,
    ...f.common,
  },
  metrics: [
    {
      type: 'counter',
      name: METRIC.retries,
      unit: '{retry}',
      description: 'Attempts that were scheduled again',
      by: [...JOB_LABELS, 'error_label'],
    },
  ],
  spanEvents: 'lifecycle',
});

/** The job's bad end. Error; info where someone wanted it (cancelled, removed, shutdown). */
export const JOB_ABANDONED: Signal<
  JobValues & {
    attempts?: number | undefined;
    reason: AbandonReason;
    error?: unknown;
    turnaround?: number | undefined;
    worker_id?: string | undefined;
  }
> = defineSignal('JOB_ABANDONED', {
  message: (values) => `Job abandoned: ${String(values.reason).replaceAll('_', ' ')}`,
  severity: 'error',
  fields: {
    job_id: f.jobId,
    job_type: f.jobType,
    attempts: f.attempts,
    reason: string({ attribute: ATTR.abandonReason }),
    error: f.thrownBefore,
    turnaround: f.turnaround,
    worker_id: f.workerId,
    ...f.common,
  },
  metrics: [
    { ...ended, by: [...JOB_LABELS, 'reason'], constantLabels: { [ATTR.jobOutcome]: 'abandoned' } },
    { ...turnaround, constantLabels: { [ATTR.jobOutcome]: 'abandoned' } },
  ],
  spanEvents: 'lifecycle',
}) as Signal<
  JobValues & {
    attempts?: number | undefined;
    reason: AbandonReason;
    error?: unknown;
    turnaround?: number | undefined;
    worker_id?: string | undefined;
  }
>;

/** A start that is no attempt: the engine put the job back. */
export const JOB_DEFERRED: Signal<
  JobValues & { worker_id?: string | undefined; reason: string; delay?: number | undefined }
> = defineSignal('JOB_DEFERRED', {
  message: 'Job put back',
  severity: 'debug',
  fields: {
    worker_id: f.workerId,
    job_id: f.jobId,
    job_type: f.jobType,
    reason: string({ attribute: ATTR.deferReason }),
    delay: f.delay,
    ...f.common,
  },
  spanEvents: 'lifecycle',
});

/** The job's worker vanished; it will run again or be abandoned. */
export const JOB_STALLED: Signal<
  JobValues & { attempt?: number | undefined; worker_id?: string | undefined }
> = defineSignal('JOB_STALLED', {
  message: 'Job stalled: its worker vanished',
  severity: 'warn',
  fields: { worker_id: f.workerId, job_id: f.jobId, job_type: f.jobType, attempt: f.attempt, ...f.common },
  metrics: [
    {
      type: 'counter',
      name: METRIC.stalled,
      unit: '{job}',
      description: 'Jobs whose worker vanished',
      by: JOB_LABELS,
    },
  ],
  spanEvents: 'lifecycle',
});

/** An attempt passed its time limit and its handler still holds its worker. */
export const JOB_OVERRUN: Signal<
  JobValues & { worker_id?: string | undefined; attempt?: number | undefined; duration?: number | undefined }
> = defineSignal('JOB_OVERRUN', {
  message: 'Job passed its time limit and still runs',
  severity: 'warn',
  fields: {
    worker_id: f.workerId,
    job_id: f.jobId,
    job_type: f.jobType,
    attempt: f.attempt,
    duration: f.ran,
    ...f.common,
  },
  spanEvents: 'lifecycle',
});

/** A running attempt said how far it is: at most once a second, with how many reports that stands for. */
export const JOB_PROGRESS: Signal<
  JobValues & {
    worker_id?: string | undefined;
    attempt?: number | undefined;
    progress?: number | undefined;
    reports: number;
  }
> = defineSignal('JOB_PROGRESS', {
  message: 'Job progress',
  severity: 'debug',
  fields: {
    worker_id: f.workerId,
    job_id: f.jobId,
    job_type: f.jobType,
    attempt: f.attempt,
    progress: optional(number({ attribute: ATTR.progress })),
    reports: int({ attribute: ATTR.progressReports }),
    ...f.common,
  },
});

/** Someone brought an ended job back. */
export const JOB_REVIVED: Signal<JobValues & { attempts?: number | undefined }> = defineSignal(
  'JOB_REVIVED',
  {
    message: 'Job brought back',
    fields: { job_id: f.jobId, job_type: f.jobType, attempts: f.attempts, ...f.common },
    spanEvents: 'lifecycle',
  },
);
