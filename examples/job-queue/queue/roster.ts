import type { Backlog } from './backlog.js';
import type { Job } from './job.js';

/** Where the accepted jobs are. At all times accepted = completed + abandoned + waiting + delayed + active. */
export interface JobCounts {
  accepted: number;
  completed: number;
  abandoned: number;
  waiting: number;
  /** Enqueued with a delay, or waiting for a retry. */
  delayed: number;
  active: number;
}

/**
 * Every accepted job until its end: each is either in the backlog or active. All moves of jobs are made here, so
 * that none can be in two places or in none.
 */
export class Roster {
  readonly backlog: Backlog;
  /** In the order of acceptance. */
  readonly #live = new Map<string, Job>();
  readonly #active = new Set<Job>();
  #accepted = 0;
  #completed = 0;
  #abandoned = 0;

  constructor(backlog: Backlog) {
    this.backlog = backlog;
  }

  get size(): number {
    return this.#live.size;
  }

  get(id: string): Job | undefined {
    return this.#live.get(id);
  }

  /** The live jobs in the order of acceptance, as of now. */
  all(): Job[] {
    return [...this.#live.values()];
  }

  isActive(job: Job): boolean {
    return this.#active.has(job);
  }

  admit(job: Job): void {
    this.#accepted++;
    this.#live.set(job.info.id, job);
    this.backlog.add(job);
  }

  /** Makes the next job active and returns it; undefined when none waits. */
  begin(): Job | undefined {
    const job = this.backlog.take();
    if (job !== undefined) this.#active.add(job);
    return job;
  }

  /** Puts an active job back. */
  retry(job: Job): void {
    this.#active.delete(job);
    this.backlog.add(job);
  }

  /** Ends a live job, wherever it is. */
  end(job: Job, how: 'completed' | 'abandoned'): void {
    if (!this.#active.delete(job)) this.backlog.delete(job);
    this.#live.delete(job.info.id);
    if (how === 'completed') this.#completed++;
    else this.#abandoned++;
    job.unlisten();
  }

  counts(): JobCounts {
    const { waiting, delayed } = this.backlog;
    return {
      accepted: this.#accepted,
      completed: this.#completed,
      abandoned: this.#abandoned,
      waiting,
      delayed,
      active: this.#active.size,
    };
  }
}
