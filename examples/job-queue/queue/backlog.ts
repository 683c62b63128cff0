import { now } from './clock.js';
import { Delayed } from './delayed.js';
import type { Job } from './job.js';
import { Line } from './line.js';

/** The live jobs that are not active: those that could run now wait in line, the others are delayed. */
export class Backlog {
  readonly #line: Line;
  readonly #delayed: Delayed;
  readonly #due: () => void;

  /** `due` is called when a delayed job has come into the line by itself; `ageing` is that of the line. */
  constructor(options: { readonly ageing: number; readonly due: () => void }) {
    this.#due = options.due;
    this.#line = new Line(options.ageing);
    this.#delayed = new Delayed(options.due);
  }

  get size(): number {
    return this.#line.size + this.#delayed.size;
  }

  get waiting(): number {
    this.#promote();
    return this.#line.size;
  }

  get delayed(): number {
    this.#promote();
    return this.#delayed.size;
  }

  /** Milliseconds that the oldest job could have been running; 0 when none waits. */
  get oldestAgeMillis(): number {
    this.#promote();
    const { oldest } = this.#line;
    return oldest === undefined ? 0 : now() - oldest.runnableAt;
  }

  add(job: Job): void {
    // Those that became due before it stand before it.
    this.#promote();
    if (job.runnableAt > now()) this.#delayed.add(job);
    else this.#line.add(job);
  }

  has(job: Job): boolean {
    return this.#line.has(job) || this.#delayed.has(job);
  }

  delete(job: Job): void {
    if (!this.#line.delete(job)) this.#delayed.delete(job);
  }

  /** Removes and returns the job that is to run next. */
  take(): Job | undefined {
    this.#promote();
    return this.#line.take();
  }

  /** From now on jobs become due by themselves. A timer is held, and keeps the process alive, while one is delayed. */
  watch(): void {
    this.#delayed.watch();
  }

  #promote(): void {
    const at = now();
    const before = this.#line.size;
    for (let job = this.#delayed.takeDue(at); job !== undefined; job = this.#delayed.takeDue(at))
      this.#line.add(job);
    // Whoever only looked has taken the alarm's work from it: without this word nobody would begin the job.
    if (this.#line.size > before) queueMicrotask(this.#due);
  }
}
