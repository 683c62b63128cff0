export type { Attempt, AttemptInfo, EndInfo } from './attempt-info.js';
export type { PreviousAttempt } from './attempt-memory.js';
export type { BaggageOption } from './baggage.js';
export type { Batch } from './batch.js';
export type { Carrier } from './carrier.js';
export type { ListedSchedule } from './engine-schedules.js';
export type { Enqueue, EnqueueOptions, OutcomeInfo } from './enqueue.js';
export { JOB_DUPLICATE, JOB_QUEUED, JOB_REJECTED } from './enqueue-signals.js';
export type { AbandonReason, AfterFailure, JobInfo, RejectReason, Relation } from './job.js';
export {
  JOB_ABANDONED,
  JOB_COMPLETED,
  JOB_DEFERRED,
  JOB_FAILED,
  JOB_OVERRUN,
  JOB_PROGRESS,
  JOB_RETRYING,
  JOB_REVIVED,
  JOB_STALLED,
  JOB_STARTED,
} from './job-signals.js';
export { createJobs, type Jobs, type JobsOptions, type QueueOptions } from './jobs.js';
export type { Depth, Monitor, MonitorOptions, Totals } from './monitor.js';
export type { EndOfJob, QueueTelemetry, RelationOption } from './queue.js';
export {
  type HealthValues,
  QUEUE_BACKLOG,
  QUEUE_BACKLOG_CLEARED,
  QUEUE_FAILURE_RATE,
  QUEUE_FAILURE_RATE_CLEARED,
  QUEUE_HEALTH_CHECK,
} from './queue-signals.js';
export type { Schedule, ScheduleOptions } from './schedule.js';
export { type MissedValues, SCHEDULE_MISSED } from './schedule-signals.js';
export { WORKER_BUSY, WORKER_IDLE, WORKER_STARTED, WORKER_STOPPED } from './worker-signals.js';
export type { WorkerOptions, WorkerTelemetry } from './workers.js';
