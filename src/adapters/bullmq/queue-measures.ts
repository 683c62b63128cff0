import type { Job, Queue } from 'bullmq';
import type { Depth } from '../../jobs/index.js';
import { within } from '../../jobs/promise-timeout.js';
import { sharedLook } from '../common/shared-query.js';
import { dueAt } from './job-facts.js';

/** What a queue holds at one moment. */
export interface QueueMeasures {
  readonly depth: Depth;
  readonly paused: boolean;
  readonly oldestAgeMillis: number | undefined;
}

/** A store that does not answer must not hold up health checks. */
const PATIENCE_MILLIS = 10_000;

/** A state that PostgreSQL counts, and that BullMQ's types do not have. */
const PAUSED = 'paused' as 'waiting';

export function measuresOf(queue: Queue, now: () => number): () => Promise<QueueMeasures> {
  return sharedLook(() => patiently(look(queue, now)));
}

function patiently(looking: Promise<QueueMeasures>): Promise<QueueMeasures> {
  return within(PATIENCE_MILLIS, looking, `BullMQ did not answer within ${PATIENCE_MILLIS} ms`);
}

async function look(queue: Queue, now: () => number): Promise<QueueMeasures> {
  const [counts, paused, heads] = await Promise.all([
    // In a paused queue, PostgreSQL counts waiting jobs as paused, except those with a priority.
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

// Look at both ends of the list: jobs that were put in front (LIFO) leave the oldest at the other one.
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

// BullMQ returns undefined for a job that is removed during the look.
async function jobsOf(
  queue: Queue,
  type: 'waiting' | 'prioritized' | 'delayed',
  at: number,
  ascending: boolean,
): Promise<Job[]> {
  const jobs: readonly (Job | undefined)[] = await queue.getJobs([type], at, at, ascending);
  return jobs.filter((job): job is Job => job !== undefined);
}

/** PostgreSQL gives the same end for both directions. Then this asks for the other end by its index. */
async function endsOf(queue: Queue, listed: readonly Job[], count: number): Promise<readonly Job[]> {
  const isOne = new Set(listed.map(({ id }) => id)).size === 1;
  return isOne && count > 1 ? [...listed, ...(await jobsOf(queue, 'waiting', count - 1, false))] : listed;
}

/**
 * The age of the oldest of the jobs that were looked at. Older ones may lie between them, so it is never more than the truth. Jobs that ran before
 * are left out: no field says since when they can run again. Nor does one say when a delayed job was promoted.
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
  // A promoted job could run before it was due, so its age may be negative.
  return Math.max(0, ...ages);
}

function isFresh({ attemptsStarted }: Job): boolean {
  return attemptsStarted === 0;
}

/**
 * How long the first of the delayed jobs has been due. It stays delayed until a worker looks, and without workers nobody moves it. Its delay may have
 * been changed and then counts from that moment, which no field has. So the queue has to confirm that a job was due by then.
 */
async function overdueAge(queue: Queue, job: Job | undefined, now: number): Promise<number | undefined> {
  if (!job || !isFresh(job)) return undefined;
  const due = Math.ceil(job.timestamp + job.delay);
  if (due > now) return undefined;
  return (await queue.getDelayedCount(due + 1)) > 0 ? now - due : undefined;
}
