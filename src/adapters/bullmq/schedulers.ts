import type { Job, Queue } from 'bullmq';
import type { ListedSchedule } from '../../jobs/index.js';

/** The most schedulers that a look reads: those that are due first. */
const MOST = 200;
/** The most running jobs that a look reads, to find those of schedulers. */
const MOST_ACTIVE = 200;

type Scheduler = Awaited<ReturnType<Queue['getJobSchedulers']>>[number];

/** What a look keeps of a scheduler for the next look. */
interface Seen {
  /** When it was due next, in epoch milliseconds. */
  readonly next: number;
  /** The latest tick that a worker took, if its job has not ended. */
  readonly taken: number | undefined;
  readonly completedAt: number | undefined;
}

/** The job of a tick that a worker took. */
interface Run {
  readonly isRunning: boolean;
  readonly completedAt: number | undefined;
}

const GONE: Run = { isRunning: false, completedAt: undefined };

/**
 * Lists the job schedulers of a queue as BullMQ keeps them. BullMQ moves on the time of the next tick when a worker takes the job of a tick. The list
 * is empty if this release has no job schedulers.
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
  /** The job of the tick that is due next can run, or runs. */
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

/** The ids of the jobs that run now. Asks once, and only if a tick is due that nobody took. */
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

// A job that is removed when it ends tells nothing here. If it ran in this process, the box knows its end.
async function runOf(queue: Queue, jobId: string): Promise<Run> {
  const job: Job | undefined = await queue.getJob(jobId);
  if (!job) return GONE;
  if (job.finishedOn === undefined) return { isRunning: true, completedAt: undefined };
  // A job keeps the reason of a failed attempt even if it completed later.
  const isWell = job.failedReason === undefined || (await queue.getJobState(jobId)) === 'completed';
  return { isRunning: false, completedAt: isWell ? job.finishedOn : undefined };
}

// A due job stays delayed until a worker looks. If it stays so, nobody takes jobs.
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
  // A scheduler that has reached its end stays listed, with a tick that is gone.
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
  // Only BullMQ can work out the ticks after the next one: the app may have a strategy of its own, or an end date.
  const isPlain = pattern !== undefined && endDate === undefined;
  return isPlain
    ? { ...common, cron: pattern, timeZone: tz }
    : { ...common, next: (after) => (next > after ? next : undefined) };
}
