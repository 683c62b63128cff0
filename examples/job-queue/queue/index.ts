export { type Enqueued, JobQueue } from './job-queue.js';
export type { NewJob } from './new-job.js';
export type { JobQueueOptions } from './options.js';
export { type JobCall, NotRetryable, type Processor } from './processor.js';
export type { JobCounts } from './roster.js';
