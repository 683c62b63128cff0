import type { Job } from 'bullmq';
import type { BullMQAdapter, Remembered } from './adapter.js';
import type { Idleness } from './idleness.js';
import type { Metadata } from './job-carrier.js';
import { dueAt } from './job-facts.js';
import { whereIs } from './queue-place.js';
import type { Life } from './revival.js';

/** How far two clocks may differ at the same moment. */
const SKEW_MILLIS = 5;

/** What the adapter knows of a start. */
export interface StartFacts {
  /** The job's key in this process. */
  readonly key: string;
  readonly job: Job;
  readonly metadata: Metadata;
  readonly life: Life;
  readonly startedAt: number;
  /** The previous start, if it is known. */
  readonly remembered: Remembered | undefined;
  readonly idle: Idleness;
}

/** Epoch milliseconds. Each is undefined if it can not be known. */
export interface Runnable {
  /** When the job could have run for this start. */
  readonly now: number | undefined;
  /** When the job could first have run in its present life. */
  readonly first: number | undefined;
}

/**
 * When the job of a start could have run, as far as the adapter knows. The job's options alone do not say it, because a later command may have
 * changed it.
 */
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
 * Since when the job has waited for this start, at the latest. A command from before that was for an earlier life or start. No field of a job says
 * when it started or ended before. If this process does not know, the result is infinitely late.
 */
function sinceOf(adapter: BullMQAdapter, { key, job, life, remembered }: StartFacts): number {
  if (life === 'revived') {
    const ended = adapter.ended.get(key);
    const isLast = ended?.timestamp === job.timestamp && ended.starts === job.attemptsStarted - 1;
    return isLast ? ended.endedAt : Number.POSITIVE_INFINITY;
  }
  if (job.attemptsStarted > 1) {
    if (remembered?.starts !== job.attemptsStarted - 1) return Number.POSITIVE_INFINITY;
    // A start in this process has forgotten all commands from before it.
    return remembered.isSeen ? Number.NEGATIVE_INFINITY : (remembered.endedAt ?? Number.POSITIVE_INFINITY);
  }
  const added = job.timestamp - SKEW_MILLIS;
  return life === 'unknown' ? Math.max(added, adapter.revivedAll.get(whereIs(job)) ?? added) : added;
}

/** When the job can run by a command of this process since then. The command counts for this start alone, so this forgets it. */
function askedFor(adapter: BullMQAdapter, { key, job }: StartFacts, since: number): number | undefined {
  const moved = adapter.moved.get(key);
  adapter.moved.forget(key);
  adapter.ended.forget(key);
  if (!moved) return undefined;
  const isLast = moved.starts === job.attemptsStarted - 1 && moved.doneAt >= job.timestamp - SKEW_MILLIS;
  return isLast || moved.doneAt >= since ? moved.runnableAt : undefined;
}

/** When the job could run for the first start of its first life. */
function firstOf(adapter: BullMQAdapter, { job, metadata }: StartFacts): number | undefined {
  // No field says when the last of its children had ended.
  if (metadata.waitsForChildren) return undefined;
  const due = dueAt(job, metadata);
  const promoted = job.opts.delay ? adapter.promotedAll.get(whereIs(job)) : undefined;
  return promoted !== undefined && promoted > job.timestamp && promoted < due ? promoted : due;
}

/** When the job could first run, asked at a later start. For a delayed job, only the process of the first start knows. */
function firstOfLater({ job, metadata, life, remembered }: StartFacts): number | undefined {
  if (remembered && remembered.firstRunnableAt !== undefined) return remembered.firstRunnableAt;
  if (remembered?.isSeen || metadata.waitsForChildren || life !== 'first') return undefined;
  return job.opts.delay ? undefined : dueAt(job, metadata);
}

/** The noted moment. Undefined if the job started before it, or if its idle worker would have got the job long before it did. */
function possible(
  adapter: BullMQAdapter,
  { job, idle, startedAt }: StartFacts,
  noted: number | undefined,
): number | undefined {
  const moment = comparable(adapter, startedAt, noted);
  return moment === undefined || idle.denies(job, moment) ? undefined : moment;
}

/**
 * A moment that was noted before a start. Undefined if it is after the start, or if somebody set the wall clock of this process since. Moments in
 * jobs and in the adapter's memory are of the wall clock alone.
 */
export function comparable(
  { core }: Pick<BullMQAdapter, 'core'>,
  startedAt: number,
  moment: number | undefined,
): number | undefined {
  if (moment === undefined || moment > startedAt + SKEW_MILLIS) return undefined;
  return core.isInDoubt(startedAt - moment) ? undefined : moment;
}
