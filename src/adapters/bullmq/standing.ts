import type { Job, Queue } from 'bullmq';
import type { Depth } from '../../jobs/index.js';
import { within } from '../../jobs/within.js';
import { dueAt } from './job-facts.js';

/** How a queue stands. */
export interface Standing {
  readonly depth: Depth;
  readonly paused: boolean;
  readonly oldestAgeMillis: number | undefined;
}

/** One look serves what is asked within this time: a check asks for depth and age, and so do gauges. */
const FRESH_MILLIS = 500;
/** A store that does not answer may hold no health check. */
const PATIENCE_MILLIS = 10_000;

export function standingOf(queue: Queue, now: () => number): () => Promise<Standing> {
  let last: { readonly at: number; readonly standing: Promise<Standing> } | undefined;
  return () => {
    const at = performance.now();
    if (!last || at - last.at > FRESH_MILLIS) last = { at, standing: patiently(look(queue, now)) };
    return last.standing;
  };
}

function patiently(looking: Promise<Standing>): Promise<Standing> {
  return within(PATIENCE_MILLIS, looking, `BullMQ did not answer within ${PATIENCE_MILLIS} ms`);
}

async function look(queue: Queue, now: () => number): Promise<Standing> {
  const [counts, paused, heads] = await Promise.all([
    queue.getJobCounts('waiting', 'prioritized', 'delayed', 'active', 'waiting-children'),
    queue.isPaused(),
    headsOf(queue),
  ]);
  const waiting = (counts.waiting ?? 0) + (counts.prioritized ?? 0);
  const depth = {
    waiting: paused ? 0 : waiting,
    paused: paused ? waiting : 0,
    delayed: counts.delayed ?? 0,
    active: counts.active ?? 0,
    blocked: counts['waiting-children'] ?? 0,
  };
  return { depth, paused, oldestAgeMillis: paused ? 0 : oldestAge(heads, waiting, now()) };
}

interface Heads {
  readonly waiting: readonly Job[];
  readonly due: readonly Job[];
}

// Both ends of the list: jobs that were put in front (LIFO) leave the oldest at the other one.
async function headsOf(queue: Queue): Promise<Heads> {
  const [first, last, urgent, least, soonest] = await Promise.all([
    queue.getJobs(['waiting'], 0, 0, true),
    queue.getJobs(['waiting'], 0, 0, false),
    queue.getJobs(['prioritized'], 0, 0, true),
    queue.getJobs(['prioritized'], 0, 0, false),
    queue.getJobs(['delayed'], 0, 0, true),
  ]);
  // A job that goes while it is looked up is not there.
  const there = (jobs: readonly (Job | undefined)[]): Job[] =>
    jobs.filter((job): job is Job => job !== undefined);
  return { waiting: there([...first, ...last, ...urgent, ...least]), due: there(soonest) };
}

/**
 * The age of the oldest of the jobs that were looked at: what is older may lie between them, so it is never more than the truth. When a
 * job that ran before could run again is in no field of it.
 */
function oldestAge({ waiting, due }: Heads, count: number, now: number): number | undefined {
  const fresh = (job: Job): boolean => job.attemptsStarted === 0;
  // A delayed job stays where it is until a worker looks: without workers it is due and nobody moves it.
  const overdue = due.filter((job) => fresh(job) && dueOf(job) <= now);
  const ages = [
    ...waiting.filter(fresh).map((job) => now - dueAt(job)),
    ...overdue.map((job) => now - dueOf(job)),
  ];
  if (ages.length === 0) return count === 0 ? 0 : undefined;
  // A promoted job could run before it was due.
  return Math.max(0, ...ages);
}

/** By its delay as it is now, not as it was given. */
function dueOf(job: Job): number {
  return job.timestamp + job.delay;
}
