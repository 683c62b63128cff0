import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import type { Offered, Taker } from './engines/engine.js';
import type { Ledger } from './ledger.js';
import type { Plan, PlannedJob } from './plan.js';

/** The job with which the burst begins: all that follow come at once, until the queue refuses one. */
export const BURST = 10;
/** With `--forever`: a burst again after this many jobs. */
const BURST_EVERY = 100;
/** How many come at once where no job is refused. */
const BURST_JOBS = 30;

export interface ProduceOptions {
  readonly queue: Taker;
  readonly plan: Plan;
  readonly ledger: Ledger;
  /** How many jobs to offer. */
  readonly jobs: number;
  readonly forever: boolean;
  readonly speed: number;
  /** Ends the production. */
  readonly stop: AbortSignal;
  /** Told of each accepted job: the id that the plan gives it, and the one that the engine gives it. */
  readonly accepted?: ((planned: string, id: string) => void) | undefined;
}

/** Offers jobs to the queue at the plan's pace, with a burst that is more than it can take. */
export async function produce({
  queue,
  plan,
  ledger,
  jobs,
  forever,
  speed,
  stop,
  accepted,
}: ProduceOptions): Promise<void> {
  const total = forever ? Number.POSITIVE_INFINITY : jobs;
  let due = performance.now();
  let bursting = false;
  let last: Answered | undefined;
  const taking: Taking = { queue, ledger, accepted };

  for (let n = 0; n < total && !stop.aborted; n++) {
    const place = forever ? n % BURST_EVERY : n;
    if (queue.unbounded && place === BURST) {
      const end = Math.min(n + BURST_JOBS, total);
      await burst(taking, jobsFrom(plan, n, end));
      n = end - 1;
      continue;
    }
    const offered = await offer(taking, plan.job(n));
    bursting ||= place === BURST;
    if (bursting && offered.accepted) {
      last = offered;
      continue;
    }
    // The customer of the last job that still found room has thought better of it.
    if (bursting && last !== undefined) await withdraw(last, ledger);
    bursting = false;

    due = Math.max(due, performance.now() - MOST_BEHIND_MILLIS) + offered.job.pauseMillis / speed;
    await rest(due - performance.now(), stop);
  }
}

/** Offers all of them at once to a queue that refuses none. Here a customer whose job still waits thinks better of it. */
async function burst(taking: Taking, jobs: readonly PlannedJob[]): Promise<void> {
  const offered = await Promise.all(jobs.map((job) => offer(taking, job)));
  offered.sort((a, b) => a.job.priority - b.job.priority);
  for (const one of offered) if (await withdraw(one, taking.ledger)) return;
}

function jobsFrom(plan: Plan, n: number, end: number): PlannedJob[] {
  return Array.from({ length: end - n }, (_, i) => plan.job(n + i));
}

interface Answered {
  readonly job: PlannedJob;
  /** The id that the engine has given it, else the plan's. */
  readonly id: string;
  readonly accepted: boolean;
  readonly takeBack: () => boolean | Promise<boolean>;
}

/** Where jobs are offered, and who is told what became of them. */
type Taking = Pick<ProduceOptions, 'queue' | 'ledger' | 'accepted'>;

async function offer({ queue, ledger, accepted }: Taking, job: PlannedJob): Promise<Answered> {
  const withdrawal = new AbortController();
  const { type, payload, maxAttempts } = job;
  const offered = queue.enqueue({
    id: job.id,
    type,
    priority: job.priority,
    payload,
    maxAttempts,
    signal: withdrawal.signal,
  });
  // A queue that answers at once is not made to wait: its jobs may begin in the next moment.
  const answer: Offered = offered instanceof Promise ? await offered : offered;
  if (!answer.accepted) {
    ledger.write(job, { fact: 'rejected', reason: answer.reason });
    return { job, id: job.id, accepted: false, takeBack: () => false };
  }
  const { runnableAt, id = job.id, priority = job.priority } = answer;
  accepted?.(job.id, id);
  ledger.write(
    { id, type },
    { fact: 'accepted', priority, runnable_at: runnableAt, max_attempts: maxAttempts },
  );
  const abort = (): boolean => {
    withdrawal.abort();
    return true;
  };
  return { job, id, accepted: true, takeBack: answer.withdraw ?? abort };
}

/** False where it has begun. */
async function withdraw({ job, id, takeBack }: Answered, ledger: Ledger): Promise<boolean> {
  // A queue that answers at once tells of the cancelling at once.
  const at = ledger.moment();
  const isBack = await takeBack();
  if (isBack) ledger.write({ id, type: job.type }, { fact: 'cancelled' }, at);
  return isBack;
}

/** After a burst the producer does not race to make up for more than this. */
const MOST_BEHIND_MILLIS = 20;

async function rest(millis: number, stop: AbortSignal): Promise<void> {
  // A timer can not wait for less than a millisecond; what is owed then is waited for later.
  if (millis < 1) return void (await turn());
  await wait(millis, undefined, { signal: stop }).catch(() => undefined);
}
