import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import type { Ledger } from './ledger.js';
import type { Plan, PlannedJob } from './plan.js';
import type { JobQueue } from './queue/index.js';

/** The job with which the burst begins: all that follow come at once, until the queue refuses one. */
export const BURST = 10;
/** With `--forever`: a burst again after this many jobs. */
const BURST_EVERY = 100;

export interface ProduceOptions {
  readonly queue: JobQueue;
  readonly plan: Plan;
  readonly ledger: Ledger;
  /** How many jobs to offer. */
  readonly jobs: number;
  readonly forever: boolean;
  readonly speed: number;
  /** Ends the production. */
  readonly stop: AbortSignal;
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
}: ProduceOptions): Promise<void> {
  const total = forever ? Number.POSITIVE_INFINITY : jobs;
  let due = performance.now();
  let bursting = false;
  let last: Offered | undefined;

  for (let n = 0; n < total && !stop.aborted; n++) {
    const offered = offer(queue, plan.job(n), ledger);
    bursting ||= forever ? n % BURST_EVERY === BURST : n === BURST;
    if (bursting && offered.accepted) {
      last = offered;
      continue;
    }
    // The customer of the last job that still found room has thought better of it.
    if (bursting && last !== undefined) withdraw(last, ledger);
    bursting = false;

    due = Math.max(due, performance.now() - MOST_BEHIND_MILLIS) + offered.job.pauseMillis / speed;
    await rest(due - performance.now(), stop);
  }
}

interface Offered {
  readonly job: PlannedJob;
  readonly accepted: boolean;
  readonly withdrawal: AbortController;
}

function offer(queue: JobQueue, job: PlannedJob, ledger: Ledger): Offered {
  const withdrawal = new AbortController();
  const { id, type, priority, payload, maxAttempts } = job;
  const answer = queue.enqueue({ id, type, priority, payload, maxAttempts, signal: withdrawal.signal });
  if (answer.accepted) {
    const { runnableAt } = answer;
    ledger.write(job, { fact: 'accepted', priority, runnable_at: runnableAt, max_attempts: maxAttempts });
  } else {
    ledger.write(job, { fact: 'rejected', reason: answer.reason });
  }
  return { job, accepted: answer.accepted, withdrawal };
}

function withdraw({ job, withdrawal }: Offered, ledger: Ledger): void {
  ledger.write(job, { fact: 'cancelled' });
  withdrawal.abort();
}

/** After a burst the producer does not race to make up for more than this. */
const MOST_BEHIND_MILLIS = 20;

async function rest(millis: number, stop: AbortSignal): Promise<void> {
  // A timer can not wait for less than a millisecond; what is owed then is waited for later.
  if (millis < 1) return void (await turn());
  await wait(millis, undefined, { signal: stop }).catch(() => undefined);
}
