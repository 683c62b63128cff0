import { ATTR } from './semconv.js';

/** What each span of one job says of it. */
const OF_THE_JOB = [ATTR.jobId, ATTR.jobType, ATTR.queue, ATTR.namespace] as const;

/** What an enqueue span says of its job. Events on that span do not repeat it. */
export const enqueueSays: ReadonlySet<string> = new Set([...OF_THE_JOB, ATTR.priority]);

/** What a span says of a job whose end is heard of. Its own `error.type` is the reason, and no attempt's number is that of the end. */
export const settleSays: ReadonlySet<string> = new Set([...OF_THE_JOB, ATTR.turnaround]);

/** What the span of an attempt that runs says of an end that is heard of, where that is said to be its own. */
export const heardSays: ReadonlySet<string> = new Set([...settleSays, ATTR.worker, ATTR.attempts]);

/** What a span that an engine made says of the attempt that it was taken for: its length is another. */
export const activeSays: ReadonlySet<string> = new Set([
  ...OF_THE_JOB,
  ATTR.worker,
  ATTR.attempt,
  ATTR.attempts,
  ATTR.maxAttempts,
  ATTR.wait,
  ATTR.turnaround,
  ATTR.errorType,
]);

/** What the span of an attempt says: `job.attempts` is its number, and `job.duration` its own length. */
export const attemptSays: ReadonlySet<string> = new Set([...activeSays, ATTR.duration]);
