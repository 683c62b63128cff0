import { duration, int, number, optional, string } from '../signal/field.js';
import type { Signal } from '../signal/signal.js';
import { defineSignal } from '../signal/signal.js';
import type { QueueValues } from './job-fields.js';
import * as f from './job-fields.js';
import { ATTR } from './semconv.js';

/** What a health check says. */
export interface HealthValues extends QueueValues {
  total_jobs: number;
  completed_jobs: number;
  failed_jobs: number;
  queue_size?: number | undefined;
  success_rate?: number | undefined;
  retries: number;
  delayed?: number | undefined;
  active?: number | undefined;
  oldest_age?: number | undefined;
  scope: 'queue' | 'process';
}

/** Each interval. */
export const QUEUE_HEALTH_CHECK: Signal<HealthValues> = defineSignal('QUEUE_HEALTH_CHECK', {
  message: 'Queue health check',
  fields: {
    total_jobs: int({ attribute: 'queue.total_jobs' }),
    completed_jobs: int({ attribute: 'queue.completed_jobs' }),
    failed_jobs: int({ attribute: 'queue.failed_jobs' }),
    queue_size: f.queueSize,
    success_rate: optional(number({ attribute: 'queue.success_rate' })),
    retries: int({ attribute: 'queue.retries' }),
    delayed: optional(int({ attribute: 'queue.delayed' })),
    active: optional(int({ attribute: 'queue.active' })),
    oldest_age: optional(duration({ attribute: 'queue.oldest_age' })),
    scope: string({ attribute: 'queue.scope' }),
    queue: f.queue,
    namespace: f.namespace,
  },
}) as Signal<HealthValues>;

interface BacklogValues extends QueueValues {
  queue_size: number;
  queue_capacity?: number | undefined;
  oldest_age?: number | undefined;
}
const backlogFields = {
  queue_size: int({ attribute: ATTR.queueSize }),
  queue_capacity: f.queueCapacity,
  oldest_age: optional(duration({ attribute: 'queue.oldest_age' })),
  queue: f.queue,
  namespace: f.namespace,
};

/** The backlog crossed its threshold. */
export const QUEUE_BACKLOG: Signal<BacklogValues> = defineSignal('QUEUE_BACKLOG', {
  message: 'Queue backlog detected',
  severity: 'warn',
  fields: backlogFields,
});

/** The backlog is back under its lower threshold. */
export const QUEUE_BACKLOG_CLEARED: Signal<BacklogValues> = defineSignal('QUEUE_BACKLOG_CLEARED', {
  message: 'Queue backlog cleared',
  fields: backlogFields,
});

interface FailureRateValues extends QueueValues {
  failure_rate: number;
  failed_jobs: number;
  total_jobs: number;
}
const failureRateFields = {
  failure_rate: number({ attribute: 'queue.failure_rate' }),
  failed_jobs: int({ attribute: 'queue.failed_jobs' }),
  total_jobs: int({ attribute: 'queue.total_jobs' }),
  queue: f.queue,
  namespace: f.namespace,
};

/** Too many of the jobs that ended lately were abandoned. */
export const QUEUE_FAILURE_RATE: Signal<FailureRateValues> = defineSignal('QUEUE_FAILURE_RATE', {
  message: 'High job failure rate detected',
  severity: 'error',
  fields: failureRateFields,
});

/** The failure rate is back under its lower threshold. */
export const QUEUE_FAILURE_RATE_CLEARED: Signal<FailureRateValues> = defineSignal(
  'QUEUE_FAILURE_RATE_CLEARED',
  {
    message: 'Job failure rate is back to normal',
    fields: failureRateFields,
  },
);
