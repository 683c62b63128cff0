export { type BullMQJobs, type BullMQJobsOptions, bullmqJobs } from './bullmq-jobs.js';
export type { BullMQMonitorOptions } from './monitor.js';
export { type SandboxedHandler, sandboxed } from './sandboxed.js';
export type { MakeWorker, WorkerClass } from './worker.js';
