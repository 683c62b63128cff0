import type { Job, Queue } from 'bullmq';
import type { Depth } from '../../jobs/index.js';
import { within } from '../../jobs/promise-timeout.js';
import { sharedLook } from '../common/shared-query.js';
import { dueAt } from './job-facts.js';

/** How a queue stands. */
export interface QueueMeasures {
  readonly depth: Depth;
  readonly paused: boolean;
  readonly oldestAgeMillis: number | undefined;
}

/** A store that does not answer may hold no health check. */
const PATIENCE_MILLIS = 10_000;

/** A state that PostgreSQL counts by, and no type of BullMQ's has. */
const PAUSED = 'paused' as 'waiting';

export function measuresOf(queue: Queue, now: () => number): () => Promise<QueueMeasures> {
  return sharedLook(() => patiently(look(queue, now)));
}

function patiently(looking: Promise<QueueMeasures>): Promise<QueueMeasures> {
  return within(PATIENCE_MILLIS, looking, `BullMQ did not answer within ${PATIENCE_MILLIS} ms`);
}

async function look(queue: Queue, now: () => number): Promise<QueueMeasures> {
  const [counts, paused, heads] = await Promise.all([
    // PostgreSQL counts jobs that wait as paused where their queue is, but for those with a priority.
    queue.getJobCounts('waiting', PAUSED, 'prioritized', 'delayed', 'active', 'waiting-children'),
    queue.isPaused(),
    headsOf(queue),
  ]);
  const listed = (counts.waiting ?? 0) + (counts.paused ?? 0);
  const waiting = listed + (counts.prioritized ?? 0);
  const depth = {
    waiting: paused ? 0 : waiting,
    paused: paused ? waiting : 0,
    delayed: counts.delayed ?? 0,
    active: counts.active ?? 0,
    blocked: counts['waiting-children'] ?? 0,
  };
  const oldestAgeMillis = paused ? 0 : await oldestAge(queue, heads, { listed, waiting }, now());
  return { depth, paused, oldestAgeMillis };
}

interface Heads {
  /** The two ends of the list. */
  readonly listed: readonly Job[];
  readonly prioritized: readonly Job[];
  readonly delayed: readonly Job[];
}

// Both ends of the list: jobs that were put in front (LIFO) leave the oldest at the other one.
async function headsOf(queue: Queue): Promise<Heads> {
  const [first, last, urgent, least, delayed] = await Promise.all([
    jobsOf(queue, 'waiting', 0, true),
    jobsOf(queue, 'waiting', 0, false),
    jobsOf(queue, 'prioritized', 0, true),
    jobsOf(queue, 'prioritized', 0, false),
    jobsOf(queue, 'delayed', 0, true),
  ]);
  return { listed: [...first, ...last], prioritized: [...urgent, ...least], delayed };
}

// A job that goes while it is looked up is not there.
async function jobsOf(
  queue: Queue,
  type: 'waiting' | 'prioritized' | 'delayed',
  at: number,
  ascending: boolean,
): Promise<Job[]> {
  const jobs: readonly (Job | undefined)[] = await queue.getJobs([type], at, at, ascending);
  return jobs.filter((job): job is Job => job !== undefined);
}

/** PostgreSQL gives the same end in whichever direction it is asked: then the other one is the last by number. */
async function endsOf(queue: Queue, listed: readonly Job[], count: number): Promise<readonly Job[]> {
  const isOne = new Set(listed.map(({ id }) => id)).size === 1;
  return isOne && count > 1 ? [...listed, ...(await jobsOf(queue, 'waiting', count - 1, false))] : listed;
}

/**
 * The age of the oldest of the jobs that were looked at: what is older may lie between them, so it is never more than the truth. When a
 * job that ran before could run again is in no field of it, nor when one with a delay was promoted.
 */
async function oldestAge(
  queue: Queue,
  heads: Heads,
  counts: { readonly listed: number; readonly waiting: number },
  now: number,
): Promise<number | undefined> {
  const waiting = [...(await endsOf(queue, heads.listed, counts.listed)), ...heads.prioritized];
  const ages = waiting.filter(isFresh).map((job) => now - dueAt(job));
  const overdue = await overdueAge(queue, heads.delayed[0], now);
  if (overdue !== undefined) ages.push(overdue);
  if (ages.length === 0) return counts.waiting === 0 ? 0 : undefined;
  // A promoted job could run before it was due.
  return Math.max(0, ...ages);
}

function isFresh({ attemptsStarted }: Job): boolean {
  return attemptsStarted === 0;
}

/**
 * How long the first of the delayed jobs has been due: it stays where it is until a worker looks, and without workers nobody moves it. By
 * its delay as it is now; that counts from when it was changed, so that the queue has to say that one was due by then.
 */
async function overdueAge(queue: Queue, job: Job | undefined, now: number): Promise<number | undefined> {
  if (!job || !isFresh(job)) return undefined;
  const due = Math.ceil(job.timestamp + job.delay);
  if (due > now) return undefined;
  return (await queue.getDelayedCount(due + 1)) > 0 ? now - due : undefined;
}
