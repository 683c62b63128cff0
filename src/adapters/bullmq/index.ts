export { type BullMQJobs, bullmqJobs } from './bullmq-jobs.js';
export type { BullMQClasses, ObservedClasses } from './classes.js';
export type { BullMQMonitorOptions } from './monitor.js';
export { observeClasses } from './observe-classes.js';
export type { BullMQJobsOptions } from './options.js';
export { type SandboxedHandler, sandboxed } from './sandboxed.js';
export { within } from './within.js';
export type { MakeWorker, WorkerClass } from './worker.js';
