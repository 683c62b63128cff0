import type { Job } from 'bullmq';
import type { BullMQAdapter, Remembered } from './adapter.js';
import type { Idleness } from './idleness.js';
import type { Metadata } from './job-carrier.js';
import { dueAt } from './job-facts.js';
import { whereIs } from './queue-place.js';
import type { Life } from './revival.js';

/** Differences between clocks that show the same moment. */
const SKEW_MILLIS = 5;

/** What is known of a start when it is asked when it could have been. */
export interface StartFacts {
  /** Of the job, in this process. */
  readonly key: string;
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
export function runnableAt(adapter: BullMQAdapter, facts: StartFacts): Runnable {
  const { job, life, remembered } = facts;
  const since = sinceOf(adapter, facts);
  const asked = askedFor(adapter, facts, since);
  if (life === 'revived') {
    const revivedAll = adapter.revivedAll.get(whereIs(job));
    const at = asked ?? (revivedAll !== undefined && revivedAll >= since ? revivedAll : undefined);
    return both(possible(adapter, facts, at));
  }
  if (job.attemptsStarted > 1) {
    const before = remembered?.starts === job.attemptsStarted - 1 ? remembered.retryAt : undefined;
    return {
      now: possible(adapter, facts, asked ?? before),
      first: comparable(adapter, facts.startedAt, firstOfLater(facts)),
    };
  }
  const first = life === 'unknown' ? asked : (asked ?? firstOf(adapter, facts));
  return both(possible(adapter, facts, first));
}

function both(moment: number | undefined): Runnable {
  return { now: moment, first: moment };
}

/**
 * Since when the job has waited for this start, at the latest: what was done before that, to an earlier life or start of it, is over.
 * Nothing in a job says when it was started or ended before; infinitely late where nobody here knows.
 */
function sinceOf(adapter: BullMQAdapter, { key, job, life, remembered }: StartFacts): number {
  if (life === 'revived') {
    const ended = adapter.ended.get(key);
    const isLast = ended?.timestamp === job.timestamp && ended.starts === job.attemptsStarted - 1;
    return isLast ? ended.endedAt : Number.POSITIVE_INFINITY;
  }
  if (job.attemptsStarted > 1) {
    if (remembered?.starts !== job.attemptsStarted - 1) return Number.POSITIVE_INFINITY;
    // What was done before a start that was here is forgotten with it.
    return remembered.isSeen ? Number.NEGATIVE_INFINITY : (remembered.endedAt ?? Number.POSITIVE_INFINITY);
  }
  const added = job.timestamp - SKEW_MILLIS;
  return life === 'unknown' ? Math.max(added, adapter.revivedAll.get(whereIs(job)) ?? added) : added;
}

/** When it can run by what was done here since; that is of this start alone. */
function askedFor(adapter: BullMQAdapter, { key, job }: StartFacts, since: number): number | undefined {
  const moved = adapter.moved.get(key);
  adapter.moved.forget(key);
  adapter.ended.forget(key);
  if (!moved) return undefined;
  const isLast = moved.starts === job.attemptsStarted - 1 && moved.doneAt >= job.timestamp - SKEW_MILLIS;
  return isLast || moved.doneAt >= since ? moved.runnableAt : undefined;
}

/** Of the first start of a job's first life. */
function firstOf(adapter: BullMQAdapter, { job, metadata }: StartFacts): number | undefined {
  // When the last of its children had ended is in no field.
  if (metadata.waitsForChildren) return undefined;
  const due = dueAt(job, metadata);
  const promoted = job.opts.delay ? adapter.promotedAll.get(whereIs(job)) : undefined;
  return promoted !== undefined && promoted > job.timestamp && promoted < due ? promoted : due;
}

/** Of a start that others came before: of a delayed job only who saw the first one knows. */
function firstOfLater({ job, metadata, life, remembered }: StartFacts): number | undefined {
  if (remembered && remembered.firstRunnableAt !== undefined) return remembered.firstRunnableAt;
  if (remembered?.isSeen || metadata.waitsForChildren || life !== 'first') return undefined;
  return job.opts.delay ? undefined : dueAt(job, metadata);
}

/** Undefined where the job was started before it, or the worker would have been given it long before. */
function possible(
  adapter: BullMQAdapter,
  { job, idle, startedAt }: StartFacts,
  noted: number | undefined,
): number | undefined {
  const moment = comparable(adapter, startedAt, noted);
  return moment === undefined || idle.denies(job, moment) ? undefined : moment;
}

/**
 * A moment that was noted before a start; undefined where it is after it, or where the wall clock of this process was set since: jobs, and
 * what is remembered of them, bring no other clock.
 */
export function comparable(
  { core }: Pick<BullMQAdapter, 'core'>,
  startedAt: number,
  moment: number | undefined,
): number | undefined {
  if (moment === undefined || moment > startedAt + SKEW_MILLIS) return undefined;
  return core.isInDoubt(startedAt - moment) ? undefined : moment;
}
