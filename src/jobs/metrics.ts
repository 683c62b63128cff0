import { secondBuckets } from '../signal/metric.js';

/** Waits and turnarounds reach to a day. */
export const longBuckets: readonly number[] = [...secondBuckets, 21_600, 86_400];

/** The labels that all metrics of jobs have: the system, the queue with its namespace, and the job's type where types are bounded. */
export const JOB_LABELS = ['system', 'queue', 'namespace', 'type_label'] as const;
