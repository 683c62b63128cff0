import type { Job, JobJson, JobsOptions } from 'bullmq';
import type { JobInfo } from '../../jobs/index.js';
import type { Ended } from './adapter.js';
import type { Metadata } from './job-carrier.js';
import { readMetadata } from './job-carrier.js';

/** A job as BullMQ hands it out or stores it. */
export type JobLike = Pick<Job | JobJson, 'name' | 'timestamp'> & {
  readonly id?: string | undefined;
  readonly opts: JobsOptions;
  readonly attemptsMade: number;
};

/** Attempts that a job may have: BullMQ takes 0 and nothing for 1. */
export function maxAttemptsOf({ attempts }: JobsOptions): number {
  return typeof attempts === 'number' && attempts > 1 ? attempts : 1;
}

export function infoOf({ id, name, opts }: Pick<JobLike, 'id' | 'name' | 'opts'>): JobInfo {
  return {
    id,
    type: name,
    // 0 is no priority.
    priority: opts.priority ? opts.priority : undefined,
    maxAttempts: maxAttemptsOf(opts),
  };
}

/**
 * When a job could first run, by its own options; a promotion or another delay given later is in no field of it. Apps set timestamps: where
 * our own add noted the moment, it counts.
 */
export function dueAt(
  { timestamp, opts }: Pick<JobLike, 'timestamp' | 'opts'>,
  { enqueuedAt }: Metadata = readMetadata(opts.telemetry?.metadata),
): number {
  const delay = opts.delay ?? 0;
  if (enqueuedAt === undefined) return timestamp + delay;
  // BullMQ counts a delay from the timestamp, and none without one.
  return delay > 0 ? Math.max(enqueuedAt, timestamp + delay) : enqueuedAt;
}

/** The same, where what came later can not have changed it: a promotion, another delay, or the end of its last child. */
export function firstRunnableAt(job: Pick<JobLike, 'timestamp' | 'opts'>): number | undefined {
  const metadata = readMetadata(job.opts.telemetry?.metadata);
  return metadata.waitsForChildren || (job.opts.delay ?? 0) > 0 ? undefined : dueAt(job, metadata);
}

export function endedNow({ timestamp, attemptsStarted }: Job, now: number): Ended {
  return { timestamp, endedAt: now, starts: attemptsStarted };
}
