import { Heap } from './heap.js';
import type { Job } from './job.js';

/** The waiting jobs of one priority, in the order of acceptance. */
interface Lane {
  readonly priority: number;
  readonly jobs: Heap<Waiting>;
}

interface Waiting {
  readonly job: Job;
  /** How many had come into the line before it. */
  readonly number: number;
  readonly lane: Lane;
}

/**
 * The jobs that could run now. Higher priorities come out first, equal ones in the order of acceptance.
 * With ageing, a job that `ageing` later ones have passed is next, whatever its priority.
 */
export class Line {
  readonly #ageing: number;
  readonly #lanes = new Heap<Lane>((a, b) => a.priority > b.priority);
  readonly #byPriority = new Map<number, Lane>();
  readonly #byArrival = new Heap<Waiting>((a, b) => a.number < b.number);
  readonly #waiting = new Map<Job, Waiting>();
  #come = 0;
  #gone = 0;

  /** `Infinity`: no ageing. */
  constructor(ageing: number) {
    this.#ageing = ageing;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** The one that came first, which need not be the next. */
  get oldest(): Job | undefined {
    return this.#byArrival.first?.job;
  }

  has(job: Job): boolean {
    return this.#waiting.has(job);
  }

  add(job: Job): void {
    const waiting = { job, number: this.#come++, lane: this.#lane(job.info.priority) };
    this.#waiting.set(job, waiting);
    waiting.lane.jobs.add(waiting);
    this.#byArrival.add(waiting);
  }

  /** Removes the job; false when it is not in the line. */
  delete(job: Job): boolean {
    const waiting = this.#waiting.get(job);
    if (waiting === undefined) return false;
    this.#gone++;
    this.#waiting.delete(job);
    this.#byArrival.delete(waiting);
    const { lane } = waiting;
    lane.jobs.delete(waiting);
    if (lane.jobs.size === 0) {
      this.#lanes.delete(lane);
      this.#byPriority.delete(lane.priority);
    }
    return true;
  }

  /** Removes and returns the next job. */
  take(): Job | undefined {
    const lane = this.#aged()?.lane ?? this.#lanes.first;
    const job = lane?.jobs.first?.job;
    if (job !== undefined) this.delete(job);
    return job;
  }

  /** The oldest, when enough have passed it. No other can have been passed more often than the oldest. */
  #aged(): Waiting | undefined {
    const oldest = this.#byArrival.first;
    // All that came before the oldest are gone, so what is gone beyond them came later: it has passed the oldest.
    return oldest !== undefined && this.#gone - oldest.number >= this.#ageing ? oldest : undefined;
  }

  #lane(priority: number): Lane {
    const known = this.#byPriority.get(priority);
    if (known !== undefined) return known;
    const lane: Lane = { priority, jobs: new Heap((a, b) => a.job.sequence < b.job.sequence) };
    this.#byPriority.set(priority, lane);
    this.#lanes.add(lane);
    return lane;
  }
}
