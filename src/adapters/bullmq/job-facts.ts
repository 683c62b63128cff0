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

/** Attempts that a job may have. BullMQ takes 0 and undefined for 1. */
export function maxAttemptsOf({ attempts }: JobsOptions): number {
  return typeof attempts === 'number' && attempts > 1 ? attempts : 1;
}

export function infoOf({ id, name, opts }: Pick<JobLike, 'id' | 'name' | 'opts'>): JobInfo {
  return {
    id,
    type: name,
    // BullMQ takes 0 for no priority.
    priority: opts.priority ? opts.priority : undefined,
    maxAttempts: maxAttemptsOf(opts),
  };
}

/**
 * When a job could first run, by its own options. No field of it tells of a later promotion or change of its delay. An app may set timestamps, so the
 * moment that signalbox noted at the add comes first.
 */
export function dueAt(
  { timestamp, opts }: Pick<JobLike, 'timestamp' | 'opts'>,
  { enqueuedAt }: Metadata = readMetadata(opts.telemetry?.metadata),
): number {
  const delay = opts.delay ?? 0;
  if (enqueuedAt === undefined) return timestamp + delay;
  // BullMQ counts a delay from the timestamp. Without a delay, the job can run as soon as it is added.
  return delay > 0 ? Math.max(enqueuedAt, timestamp + delay) : enqueuedAt;
}

/** The same, but undefined if something later may have changed it: a promotion, another delay, or the end of its last child. */
export function firstRunnableAt(job: Pick<JobLike, 'timestamp' | 'opts'>): number | undefined {
  const metadata = readMetadata(job.opts.telemetry?.metadata);
  return metadata.waitsForChildren || (job.opts.delay ?? 0) > 0 ? undefined : dueAt(job, metadata);
}

export function endedNow({ timestamp, attemptsStarted }: Job, now: number): Ended {
  return { timestamp, endedAt: now, starts: attemptsStarted };
}
