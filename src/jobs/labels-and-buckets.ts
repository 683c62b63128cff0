import { secondBuckets } from '../signal/metric.js';

/** Waits and turnarounds reach to a day, and are divided where jobs begin to be late: nothing between 10 and 30 s would be too coarse. */
export const longBuckets: readonly number[] = [...secondBuckets, 15, 20, 21_600, 86_400].sort(
  (a, b) => a - b,
);

/** The labels that all metrics of jobs have: the system, the queue with its namespace, and the job's type where types are bounded. */
export const JOB_LABELS = ['system', 'queue', 'namespace', 'type_label'] as const;
