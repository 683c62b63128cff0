import type { Job, Queue } from 'bullmq';
import type { ListedSchedule } from '../../jobs/index.js';

/** Schedulers that are looked at, those that are due first. */
const MOST = 200;
/** Jobs that run, of which is looked whose they are. */
const MOST_ACTIVE = 200;

type Scheduler = Awaited<ReturnType<Queue['getJobSchedulers']>>[number];

/** What a look keeps of a scheduler for the next one. */
interface Seen {
  /** When it was due next, in epoch milliseconds. */
  readonly next: number;
  /** The tick that was taken last, by a worker, whose job has not ended. */
  readonly taken: number | undefined;
  readonly completedAt: number | undefined;
}

/** A job of a tick that was taken. */
interface Run {
  readonly isRunning: boolean;
  readonly completedAt: number | undefined;
}

const GONE: Run = { isRunning: false, completedAt: undefined };

/**
 * The job schedulers of a queue, as BullMQ keeps them: when one is due next moves on when a worker takes the job of a tick. Undefined where this
 * release has none.
 */
export function schedulersOf(queue: Queue, now: () => number): () => Promise<readonly ListedSchedule[]> {
  let before: ReadonlyMap<string, Seen> = new Map();
  return async () => {
    if (typeof (queue as Partial<Queue>).getJobSchedulers !== 'function') return [];
    const schedulers = await queue.getJobSchedulers(0, MOST - 1, true);
    const seen = new Map<string, Seen>();
    const at = now();
    const active = activeOnce(queue);
    const listed = await Promise.all(
      schedulers.map(async (scheduler) => {
        const { key, next } = scheduler;
        if (typeof next !== 'number') return undefined;
        const look = await lookAt(queue, key, next, before.get(key), at, active);
        seen.set(key, look.seen);
        return listedAs(scheduler, next, at, look);
      }),
    );
    before = seen;
    return listed.filter((one) => one !== undefined);
  };
}

interface Look {
  readonly seen: Seen;
  readonly isRunning: boolean;
  /** The job of the tick that is due next is among those that can run, or runs. */
  readonly isPut: boolean;
}

async function lookAt(
  queue: Queue,
  key: string,
  next: number,
  before: Seen | undefined,
  now: number,
  active: () => Promise<readonly string[]>,
): Promise<Look> {
  const taken = before && next > before.next ? before.next : before?.taken;
  const isDue = next <= now;
  const [run, isPut] = await Promise.all([
    taken === undefined ? GONE : runOf(queue, jobIdOf(key, taken)),
    isDue ? isAmongWaiting(queue, jobIdOf(key, next)) : false,
  ]);
  const completedAt = run.completedAt ?? before?.completedAt;
  const isRunning = run.isRunning || (isDue && !isPut && (await active()).some(isOf(key)));
  return {
    seen: { next, taken: run.isRunning ? taken : undefined, completedAt },
    isRunning,
    isPut,
  };
}

/** The ids of jobs that run now: asked for once, where a tick is due that nobody took. */
function activeOnce(queue: Queue): () => Promise<readonly string[]> {
  let asked: Promise<readonly string[]> | undefined;
  return () => {
    asked ??= queue.getRanges(['active'], 0, MOST_ACTIVE - 1);
    return asked;
  };
}

function isOf(key: string): (jobId: string) => boolean {
  return (jobId) => jobId.startsWith(prefixOf(key));
}

function prefixOf(key: string): string {
  return `repeat:${key}:`;
}

function jobIdOf(key: string, tick: number): string {
  return `${prefixOf(key)}${tick}`;
}

// One that is removed when it has ended tells nothing: where it ran in this process, that is known there.
async function runOf(queue: Queue, jobId: string): Promise<Run> {
  const job: Job | undefined = await queue.getJob(jobId);
  if (!job) return GONE;
  if (job.finishedOn === undefined) return { isRunning: true, completedAt: undefined };
  // The reason of an attempt that failed stays with a job that ended well after it.
  const isWell = job.failedReason === undefined || (await queue.getJobState(jobId)) === 'completed';
  return { isRunning: false, completedAt: isWell ? job.finishedOn : undefined };
}

// One that is due stays among those that are delayed until a worker looks: then nobody takes jobs.
async function isAmongWaiting(queue: Queue, jobId: string): Promise<boolean> {
  const state = await queue.getJobState(jobId);
  return state !== 'delayed' && state !== 'unknown';
}

function listedAs(
  { key, pattern, every, tz, endDate, limit, iterationCount }: Scheduler,
  next: number,
  now: number,
  { seen, isRunning, isPut }: Look,
): ListedSchedule {
  // One that is at its end stays listed, with a tick that is gone.
  const isLast = limit !== undefined && (iterationCount ?? 0) >= limit && next <= now;
  const isOver = isLast || (endDate !== undefined && Math.max(now, next) > endDate);
  const common = {
    name: key,
    isRunning: isRunning || isOver,
    completedAt: seen.completedAt,
    idPrefix: prefixOf(key),
    cameAt: isPut ? next : next - 1,
  };
  if (typeof every === 'number') {
    // The ticks of an interval go on from the last one.
    const cameAt = isPut ? next : next - every;
    return { ...common, everyMillis: every, cameAt };
  }
  // Ticks beyond the next are BullMQ's to work out: by a strategy of the app's own, and up to an end.
  const isPlain = pattern !== undefined && endDate === undefined;
  return isPlain
    ? { ...common, cron: pattern, timeZone: tz }
    : { ...common, next: (after) => (next > after ? next : undefined) };
}
