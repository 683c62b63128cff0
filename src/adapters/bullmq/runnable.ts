import type { Job } from 'bullmq';
import type { Adapter, Remembered } from './adapter.js';
import { keyOf } from './adapter.js';
import type { Idleness } from './idleness.js';
import { dueAt } from './job-facts.js';
import type { Metadata } from './metadata.js';
import type { Life } from './revival.js';

/** Differences of clocks that tell the same moment. */
const SKEW_MILLIS = 5;

/** What is known of a start when it is asked when it could have been. */
export interface StartFacts {
  readonly job: Job;
  readonly metadata: Metadata;
  readonly life: Life;
  readonly startedAt: number;
  /** The start before, where it is known. */
  readonly remembered: Remembered | undefined;
  readonly idle: Idleness;
}

/** Epoch milliseconds, each undefined where it can not be known. */
export interface Runnable {
  /** When this start could have been. */
  readonly now: number | undefined;
  /** When the job could first have run in the life that it is in. */
  readonly first: number | undefined;
}

/** When a start could have been, as far as that is known: what its job was given with is not always what was done with it later. */
export function runnableAt(adapter: Adapter, facts: StartFacts): Runnable {
  const { job, life, remembered } = facts;
  const key = keyOf(job.queueQualifiedName, job.id);
  const moved = adapter.moved.get(key);
  adapter.moved.forget(key);
  const asked = moved && moved.doneAt >= job.timestamp - SKEW_MILLIS ? moved.runnableAt : undefined;
  if (life === 'revived') {
    const at = asked ?? adapter.revivedAll.get(job.queueQualifiedName);
    return { now: possible(facts, at), first: possible(facts, at) };
  }
  if (job.attemptsStarted > 1) {
    const before = remembered?.starts === job.attemptsStarted - 1 ? remembered.retryAt : undefined;
    return { now: possible(facts, asked ?? before), first: firstOfLater(facts) };
  }
  const first = life === 'unknown' ? asked : (asked ?? firstOf(adapter, facts));
  return { now: possible(facts, first), first: possible(facts, first) };
}

/** Of the first start of a job's first life. */
function firstOf(adapter: Adapter, { job, metadata }: StartFacts): number | undefined {
  // When the last of its children had ended is in no field.
  if (metadata.waitsForChildren) return undefined;
  const due = dueAt(job);
  const promoted = job.opts.delay ? adapter.promotedAll.get(job.queueQualifiedName) : undefined;
  return promoted !== undefined && promoted > job.timestamp && promoted < due ? promoted : due;
}

/** Of a start that others came before: of a delayed job only who saw the first one knows. */
function firstOfLater({ job, metadata, life, remembered }: StartFacts): number | undefined {
  if (remembered && remembered.firstRunnableAt !== undefined) return remembered.firstRunnableAt;
  if (remembered?.isSeen || metadata.waitsForChildren || life !== 'first') return undefined;
  return job.opts.delay ? undefined : dueAt(job);
}

/** Undefined where the job was started before it, or the worker would have been given it long before. */
function possible({ job, idle, startedAt }: StartFacts, moment: number | undefined): number | undefined {
  if (moment === undefined || moment > startedAt + SKEW_MILLIS) return undefined;
  return idle.denies(job, moment) ? undefined : moment;
}
