import type { Job } from 'bullmq';

/** An idle worker gets a job within this time of when the job can run. */
const PROMPT_MILLIS = 250;
/** Clocks of hosts differ by less than this, and a job that the app adds is in the store by then. */
const SENT_MILLIS = 1000;

interface Idle {
  readonly since: number;
  /** How busy its thread had been until then. A busy thread asks for nothing. */
  readonly thread: ReturnType<typeof performance.eventLoopUtilization> | undefined;
}

/**
 * Since when a worker has stood idle: BullMQ had no job for it, and it asked on. A job that the worker gets later can not have been able to run all
 * that time, whatever its fields say: somebody brought it back, changed its delay, paused or limited its queue, or set its timestamp.
 */
export class Idleness {
  #idle: Idle | undefined;
  readonly #idleUntil = new WeakMap<Job, { readonly since: number; readonly until: number }>();

  /** BullMQ has no job for the worker. */
  began(now: number): void {
    this.#idle = { since: now, thread: performance.eventLoopUtilization?.() };
  }

  /** The worker asks again after it had stopped asking: an idle time starts anew. */
  asks(now: number): void {
    if (this.#idle) this.began(now);
  }

  /** The worker asks for no jobs. */
  stopped(): void {
    this.#idle = undefined;
  }

  given(job: Job, now: number): void {
    const idle = this.#idle;
    this.#idle = undefined;
    if (!idle) return;
    const busy = idle.thread ? performance.eventLoopUtilization(idle.thread).active : 0;
    this.#idleUntil.set(job, { since: idle.since, until: now - busy });
  }

  /** Whether the job can not have been able to run at that moment, because the idle worker would have got it long before it did. */
  denies(job: Job, moment: number): boolean {
    const idle = this.#idleUntil.get(job);
    if (!idle) return false;
    // BullMQ had no such job when the worker became idle.
    if (moment < idle.since - SENT_MILLIS) return true;
    return idle.until - Math.max(moment, idle.since) > PROMPT_MILLIS;
  }
}
