import type { Job } from 'bullmq';

/** A worker that stands idle is given a job within this time of when it can run. */
const PROMPT_MILLIS = 250;
/** Clocks of hosts differ by less, and what an app adds is in the store by then. */
const SENT_MILLIS = 1000;

interface Idle {
  readonly since: number;
  /** How busy its thread had been until then: one that is busy asks for nothing. */
  readonly thread: ReturnType<typeof performance.eventLoopUtilization> | undefined;
}

/**
 * Since when a worker has stood idle: BullMQ had nothing for it, and it asked on. A job that it is given then could not run for long:
 * it was brought back, its delay was changed, its queue paused or limited, or its timestamp is not the moment of its add.
 */
export class Idleness {
  #idle: Idle | undefined;
  readonly #idleUntil = new WeakMap<Job, { readonly since: number; readonly until: number }>();

  /** BullMQ has nothing for the worker. */
  began(now: number): void {
    this.#idle = { since: now, thread: performance.eventLoopUtilization?.() };
  }

  /** It asks again after it had stopped asking. */
  asks(now: number): void {
    if (this.#idle) this.began(now);
  }

  /** It asks for no jobs. */
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

  /** Whether the job was given to it long after it could have been, had it been able to run at that moment. */
  denies(job: Job, moment: number): boolean {
    const idle = this.#idleUntil.get(job);
    if (!idle) return false;
    // When it became idle BullMQ had no such job for it.
    if (moment < idle.since - SENT_MILLIS) return true;
    return idle.until - Math.max(moment, idle.since) > PROMPT_MILLIS;
  }
}
