export type { BullMQJobsOptions } from './adapter-options.js';
export { type BullMQJobs, bullmqJobs } from './bullmq-jobs.js';
export type { BullMQClasses, ObservedClasses } from './classes.js';
export type { MakeWorker, WorkerClass } from './make-worker.js';
export type { BullMQMonitorOptions } from './monitor.js';
export { observeClasses } from './observe-classes.js';
export { type SandboxedHandler, sandboxed } from './sandbox-child.js';
export { within } from './within.js';
