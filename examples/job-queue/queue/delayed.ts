import { Alarm } from './alarm.js';
import { Heap } from './heap.js';
import type { Job } from './job.js';

/** The jobs that may not run yet: enqueued with a delay, or waiting for a retry. */
export class Delayed {
  readonly #jobs = new Heap<Job>(
    (a, b) => a.runnableAt < b.runnableAt || (a.runnableAt === b.runnableAt && a.sequence < b.sequence),
  );
  readonly #alarm: Alarm;
  #watching = false;

  /** `due` is called when a job has become due, while this is watching. */
  constructor(due: () => void) {
    this.#alarm = new Alarm(due);
  }

  get size(): number {
    return this.#jobs.size;
  }

  has(job: Job): boolean {
    return this.#jobs.has(job);
  }

  add(job: Job): void {
    this.#jobs.add(job);
    this.#watch();
  }

  /** Removes the job; false when it is not in. */
  delete(job: Job): boolean {
    const had = this.#jobs.delete(job);
    if (had) this.#watch();
    return had;
  }

  /** Removes and returns the earliest job that is due at the moment `at` (epoch ms). */
  takeDue(at: number): Job | undefined {
    const first = this.#jobs.first;
    if (first === undefined || first.runnableAt > at) return undefined;
    this.delete(first);
    return first;
  }

  /** From now on a timer is held (and keeps the process alive) while there are jobs. */
  watch(): void {
    this.#watching = true;
    this.#watch();
  }

  #watch(): void {
    if (this.#watching) this.#alarm.set(this.#jobs.first?.runnableAt ?? Number.POSITIVE_INFINITY);
  }
}
