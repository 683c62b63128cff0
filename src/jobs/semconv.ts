/**
 * Every name that job telemetry puts on the wire. `messaging.*` and `error.type` are those of the OpenTelemetry semantic conventions
 * v1.45 (copied: the incubating entry point may change in a minor); `job.*`, `queue.*`, `schedule.*`, `worker.*` and `link.reason` are
 * ours, since no convention exists for them yet.
 * @see https://opentelemetry.io/docs/specs/semconv/messaging/
 */
export const ATTR = {
  system: 'messaging.system.name',
  queue: 'messaging.destination.name',
  namespace: 'queue.namespace',
  operationName: 'messaging.operation.name',
  operationType: 'messaging.operation.type',
  messageId: 'messaging.message.id',
  batchCount: 'messaging.batch.message_count',
  errorType: 'error.type',
  jobId: 'job.id',
  jobType: 'job.type',
  priority: 'job.priority',
  attempt: 'job.attempt.number',
  outcome: 'job.attempt.outcome',
  attempts: 'job.attempts',
  nextAttempt: 'job.next_attempt.number',
  maxAttempts: 'job.max_attempts',
  duration: 'job.duration',
  wait: 'job.wait.duration',
  turnaround: 'job.turnaround.duration',
  retryDelay: 'job.retry.delay',
  willRetry: 'job.will_retry',
  delay: 'job.delay',
  progress: 'job.progress.value',
  progressReports: 'job.progress.reports',
  abandonReason: 'job.abandon.reason',
  rejectReason: 'job.reject.reason',
  deferReason: 'job.defer.reason',
  jobOutcome: 'job.outcome',
  jobState: 'job.state',
  worker: 'worker.id',
  workerState: 'worker.state',
  workerJobs: 'worker.jobs',
  workerBusy: 'worker.busy.duration',
  workerStateDuration: 'worker.state.duration',
  workerStopReason: 'worker.stop.reason',
  queueSize: 'queue.size',
  queueCapacity: 'queue.capacity',
  monitorMeasure: 'queue.monitor.measure',
  scheduleName: 'schedule.name',
  scheduleMissed: 'schedule.missed',
  scheduleDue: 'schedule.due_at',
  previousSpan: 'job.previous_attempt.span_id',
  previousTrace: 'job.previous_attempt.trace_id',
  linkReason: 'link.reason',
  linksDropped: 'signalbox.links.dropped',
} as const;

export const METRIC = {
  processDuration: 'messaging.process.duration',
  waitDuration: 'job.wait.duration',
  turnaround: 'job.turnaround.duration',
  enqueued: 'job.enqueued',
  rejected: 'job.rejected',
  retries: 'job.retries',
  ended: 'job.ended',
  stalled: 'job.stalled',
  active: 'job.active',
  oldestActiveAge: 'job.oldest_active.age',
  queueJobs: 'queue.jobs',
  queueCapacity: 'queue.capacity',
  queueOldestAge: 'queue.oldest.age',
  monitorUp: 'queue.monitor.up',
  scheduleMissed: 'schedule.missed',
  scheduleCompletedAge: 'schedule.last_completed.age',
  workerCount: 'worker.count',
  workerBusyTime: 'worker.busy.time',
} as const;

/** Values of `messaging.operation.name` and `.type`. */
export const ENQUEUE = 'enqueue';
export const SEND = 'send';
export const PROCESS = 'process';
export const SETTLE = 'settle';

/** What the spans of a job's waits are called; they are no operation of a queue. */
export const WAIT = 'wait';
export const BACKOFF = 'backoff';

/** Why a span links to another. */
export const ENQUEUED_BY = 'enqueued_by';
export const PREVIOUS_ATTEMPT = 'previous_attempt';

/** The convention's event of something thrown. */
export const EXCEPTION = {
  event: 'exception',
  type: 'exception.type',
  message: 'exception.message',
  stack: 'exception.stacktrace',
} as const;

/** What stands for a job type or an error type that is not bounded. */
export const OTHER = '_OTHER';

// The api's enums, which can not be imported at run time.
export const INTERNAL = 0;
export const PRODUCER = 3;
export const CONSUMER = 4;
export const STATUS_ERROR = 2;
