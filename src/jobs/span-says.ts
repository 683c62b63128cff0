import { ATTR } from './semconv.js';

/** What each span of one job says of it. */
const OF_THE_JOB = [ATTR.jobId, ATTR.jobType, ATTR.queue, ATTR.namespace] as const;

/** What an enqueue span says of its job, so that the events on it need not. */
export const enqueueSays: ReadonlySet<string> = new Set([...OF_THE_JOB, ATTR.priority]);

/** What a span says of the job whose end it tells. */
export const settleSays: ReadonlySet<string> = new Set([...OF_THE_JOB, ATTR.turnaround, ATTR.errorType]);

/** What the span of an attempt says: `job.attempts` is its number, and `job.duration` its own length. */
export const attemptSays: ReadonlySet<string> = new Set([
  ...OF_THE_JOB,
  ATTR.worker,
  ATTR.attempt,
  ATTR.attempts,
  ATTR.maxAttempts,
  ATTR.wait,
  ATTR.duration,
  ATTR.turnaround,
  ATTR.errorType,
]);
