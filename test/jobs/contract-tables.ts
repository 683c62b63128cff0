import type { Severity } from 'signalbox';

/** The tables of the telemetry contract, as data: what dashboards, alerts and queries rely on. */

/** Fields by their names in code and JSON lines, and their attribute keys. */
export const FIELDS: Readonly<Record<string, string | readonly string[]>> = {
  job_id: 'job.id',
  job_type: 'job.type',
  worker_id: 'worker.id',
  queue: 'messaging.destination.name',
  namespace: 'queue.namespace',
  priority: 'job.priority',
  attempt: 'job.attempt.number',
  attempts: 'job.attempts',
  next_attempt: 'job.next_attempt.number',
  max_attempts: 'job.max_attempts',
  duration: 'job.duration',
  wait: 'job.wait.duration',
  turnaround: 'job.turnaround.duration',
  retry_delay: 'job.retry.delay',
  will_retry: 'job.will_retry',
  reason: ['job.abandon.reason', 'job.reject.reason', 'job.defer.reason', 'worker.stop.reason'],
  queue_size: 'queue.size',
  queue_capacity: 'queue.capacity',
  scope: 'queue.scope',
  total_jobs: 'queue.total_jobs',
  completed_jobs: 'queue.completed_jobs',
  failed_jobs: 'queue.failed_jobs',
  retries: 'queue.retries',
  delayed: 'queue.delayed',
  active: 'queue.active',
  success_rate: 'queue.success_rate',
  oldest_age: 'queue.oldest_age',
  failure_rate: 'queue.failure_rate',
  progress: 'job.progress.value',
  reports: 'job.progress.reports',
  schedule: 'schedule.name',
  missed: 'schedule.missed',
  due_at: 'schedule.due_at',
};

export interface SignalRow {
  readonly event: string;
  readonly severity: Severity;
  /** Fields beyond job, type, queue and namespace, by their names in code. */
  readonly fields: readonly string[];
  /** Attributes that stand for a field of kind error. */
  readonly error?: readonly string[];
  /** The job's, the worker's, the queue's or the schedule's. */
  readonly of: 'job' | 'worker' | 'queue' | 'schedule';
}

const EXCEPTION = ['error.type', 'exception.type', 'exception.message', 'exception.stacktrace'];

export const SIGNALS: Readonly<Record<string, SignalRow>> = {
  JOB_QUEUED: {
    event: 'job.queued',
    severity: 'info',
    of: 'job',
    fields: ['priority', 'queue_size', 'delay'],
  },
  JOB_REJECTED: {
    event: 'job.rejected',
    severity: 'warn',
    of: 'job',
    fields: ['reason', 'queue_size', 'queue_capacity', 'error'],
    error: EXCEPTION,
  },
  JOB_DUPLICATE: { event: 'job.duplicate', severity: 'debug', of: 'job', fields: [] },
  JOB_STARTED: {
    event: 'job.started',
    severity: 'info',
    of: 'job',
    fields: ['worker_id', 'attempt', 'max_attempts', 'wait'],
  },
  JOB_COMPLETED: {
    event: 'job.completed',
    severity: 'info',
    of: 'job',
    fields: ['worker_id', 'duration', 'attempts', 'turnaround'],
  },
  JOB_FAILED: {
    event: 'job.failed',
    severity: 'warn',
    of: 'job',
    fields: ['worker_id', 'attempt', 'max_attempts', 'duration', 'error', 'will_retry'],
    error: EXCEPTION,
  },
  JOB_RETRYING: {
    event: 'job.retrying',
    severity: 'warn',
    of: 'job',
    fields: ['worker_id', 'attempt', 'next_attempt', 'max_attempts', 'retry_delay', 'error'],
    error: ['error.type'],
  },
  JOB_ABANDONED: {
    event: 'job.abandoned',
    severity: 'error',
    of: 'job',
    fields: ['attempts', 'reason', 'error', 'turnaround', 'worker_id'],
    error: ['error.type'],
  },
  JOB_DEFERRED: {
    event: 'job.deferred',
    severity: 'debug',
    of: 'job',
    fields: ['reason', 'delay', 'worker_id'],
  },
  JOB_STALLED: { event: 'job.stalled', severity: 'warn', of: 'job', fields: ['attempt', 'worker_id'] },
  JOB_OVERRUN: {
    event: 'job.overrun',
    severity: 'warn',
    of: 'job',
    fields: ['attempt', 'worker_id', 'duration'],
  },
  JOB_PROGRESS: {
    event: 'job.progress',
    severity: 'debug',
    of: 'job',
    fields: ['attempt', 'worker_id', 'progress', 'reports'],
  },
  JOB_REVIVED: { event: 'job.revived', severity: 'info', of: 'job', fields: ['attempts'] },
  WORKER_STARTED: { event: 'worker.started', severity: 'info', of: 'worker', fields: [] },
  WORKER_STOPPED: {
    event: 'worker.stopped',
    severity: 'info',
    of: 'worker',
    fields: ['jobs', 'busy', 'reason'],
  },
  WORKER_BUSY: { event: 'worker.busy', severity: 'debug', of: 'worker', fields: ['idle'] },
  WORKER_IDLE: { event: 'worker.idle', severity: 'debug', of: 'worker', fields: ['busy'] },
  QUEUE_HEALTH_CHECK: {
    event: 'queue.health_check',
    severity: 'info',
    of: 'queue',
    fields: [
      'scope',
      'total_jobs',
      'completed_jobs',
      'failed_jobs',
      'retries',
      'queue_size',
      'delayed',
      'active',
      'success_rate',
      'oldest_age',
    ],
  },
  SCHEDULE_MISSED: {
    event: 'schedule.missed',
    severity: 'error',
    of: 'schedule',
    fields: ['missed', 'due_at'],
  },
  QUEUE_BACKLOG: {
    event: 'queue.backlog',
    severity: 'warn',
    of: 'queue',
    fields: ['queue_size', 'queue_capacity'],
  },
  QUEUE_BACKLOG_CLEARED: {
    event: 'queue.backlog_cleared',
    severity: 'info',
    of: 'queue',
    fields: ['queue_size', 'queue_capacity'],
  },
  QUEUE_FAILURE_RATE: {
    event: 'queue.failure_rate',
    severity: 'error',
    of: 'queue',
    fields: ['failure_rate', 'failed_jobs', 'total_jobs'],
  },
  QUEUE_FAILURE_RATE_CLEARED: {
    event: 'queue.failure_rate_cleared',
    severity: 'info',
    of: 'queue',
    fields: ['failure_rate', 'failed_jobs', 'total_jobs'],
  },
};

export interface MetricRow {
  readonly kind: 'histogram' | 'counter' | 'upDownCounter' | 'gauge';
  readonly unit: string;
  /** Labels beyond system, queue and namespace, and job.type where `typed`; those in brackets are not on every point. */
  readonly labels: readonly string[];
  readonly typed: boolean;
}

export const METRICS: Readonly<Record<string, MetricRow>> = {
  'messaging.process.duration': {
    kind: 'histogram',
    unit: 's',
    typed: true,
    labels: ['messaging.operation.name', '(error.type)'],
  },
  'job.wait.duration': { kind: 'histogram', unit: 's', typed: true, labels: [] },
  'job.turnaround.duration': { kind: 'histogram', unit: 's', typed: true, labels: ['job.outcome'] },
  'job.enqueued': { kind: 'counter', unit: '{job}', typed: true, labels: [] },
  'job.rejected': { kind: 'counter', unit: '{job}', typed: true, labels: ['job.reject.reason'] },
  'job.retries': { kind: 'counter', unit: '{retry}', typed: true, labels: ['error.type'] },
  'job.ended': {
    kind: 'counter',
    unit: '{job}',
    typed: true,
    labels: ['job.outcome', '(job.abandon.reason)'],
  },
  'job.stalled': { kind: 'counter', unit: '{job}', typed: true, labels: [] },
  'job.active': { kind: 'upDownCounter', unit: '{job}', typed: true, labels: [] },
  'job.oldest_active.age': { kind: 'gauge', unit: 's', typed: true, labels: [] },
  'queue.jobs': { kind: 'gauge', unit: '{job}', typed: false, labels: ['job.state'] },
  'queue.capacity': { kind: 'gauge', unit: '{job}', typed: false, labels: [] },
  'queue.oldest.age': { kind: 'gauge', unit: 's', typed: false, labels: [] },
  'queue.monitor.up': {
    kind: 'gauge',
    unit: '{monitor}',
    typed: false,
    labels: ['queue.monitor.measure'],
  },
  'schedule.missed': { kind: 'counter', unit: '{tick}', typed: false, labels: ['schedule.name'] },
  'schedule.last_completed.age': { kind: 'gauge', unit: 's', typed: false, labels: ['schedule.name'] },
  'worker.count': { kind: 'upDownCounter', unit: '{worker}', typed: false, labels: ['worker.state'] },
  'worker.busy.time': { kind: 'counter', unit: 's', typed: false, labels: [] },
};

/** Those of the library itself have labels of their own alone. */
export const SELF_METRICS: Readonly<Record<string, MetricRow>> = {
  'signalbox.items': {
    kind: 'counter',
    unit: '{item}',
    typed: false,
    labels: ['signalbox.destination', 'signalbox.channel', 'signalbox.outcome', '(signalbox.drop.reason)'],
  },
  'signalbox.queue.size': {
    kind: 'gauge',
    unit: '{signal}',
    typed: false,
    labels: ['signalbox.destination'],
  },
  'signalbox.queue.capacity': {
    kind: 'gauge',
    unit: '{signal}',
    typed: false,
    labels: ['signalbox.destination'],
  },
};

const FOURTEEN = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const TO_AN_HOUR = [...FOURTEEN, 30, 60, 300, 900, 3600];
const TO_A_DAY = [...FOURTEEN, 15, 20, 30, 60, 300, 900, 3600, 21_600, 86_400];

export const BUCKETS: Readonly<Record<string, readonly number[]>> = {
  'messaging.process.duration': TO_AN_HOUR,
  'job.wait.duration': TO_A_DAY,
  'job.turnaround.duration': TO_A_DAY,
};

export interface SpanRow {
  readonly kind: 'PRODUCER' | 'CONSUMER' | 'INTERNAL';
  readonly attributes: readonly string[];
}

const COMMON_SPAN = [
  'messaging.system.name',
  'messaging.destination.name',
  'queue.namespace',
  'messaging.operation.name',
  'messaging.operation.type',
  'messaging.message.id',
  'job.id',
  'job.type',
  'job.max_attempts',
  'job.priority',
];

export const SPANS: Readonly<Record<string, SpanRow>> = {
  'enqueue welcome': { kind: 'PRODUCER', attributes: COMMON_SPAN },
  'process welcome': {
    kind: 'CONSUMER',
    attributes: [
      ...COMMON_SPAN,
      'job.attempt.number',
      'worker.id',
      'job.wait.duration',
      'job.attempt.outcome',
      'error.type',
      'job.retry.delay',
      'job.abandon.reason',
      'job.outcome',
      'job.turnaround.duration',
      'job.previous_attempt.span_id',
    ],
  },
  'settle welcome': {
    kind: 'INTERNAL',
    attributes: [
      ...COMMON_SPAN,
      'job.outcome',
      'job.abandon.reason',
      'job.turnaround.duration',
      'error.type',
    ],
  },
};
