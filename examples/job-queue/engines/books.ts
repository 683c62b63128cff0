import { now } from '../queue/clock.js';
import type { NewJob } from '../queue/index.js';
import type { JobCounts } from '../queue/roster.js';
import type { Stored } from './stored-engine.js';

/** Where an accepted job can be. */
export type Place = 'waiting' | 'delayed' | 'active' | 'completed' | 'abandoned';

/** A job has gone from one place to another. */
export interface Move {
  readonly from: Place;
  readonly to: Place;
}

/**
 * The producer's books of a run on an engine that keeps its jobs elsewhere: how many jobs were accepted, and where they are by the word of
 * those who do them.
 */
export class Books {
  readonly #jobs: Record<Place, number> = { waiting: 0, delayed: 0, active: 0, completed: 0, abandoned: 0 };
  readonly #idlers: (() => void)[] = [];
  #accepted = 0;

  /** What is to be stored of a job, by the producer's clock. */
  take({ id, payload }: NewJob): Stored {
    this.#accepted++;
    this.#jobs.waiting++;
    const runnableAt = now();
    return { planned: id, payload: payload as object, runnableAt };
  }

  readonly move = ({ from, to }: Move): void => {
    this.#jobs[from]--;
    this.#jobs[to]++;
    this.#tell();
  };

  counts(): JobCounts {
    return { accepted: this.#accepted, ...this.#jobs };
  }

  /** Resolves when every accepted job has ended. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#idlers.push(resolve);
      this.#tell();
    });
  }

  #tell(): void {
    const { completed, abandoned } = this.#jobs;
    if (this.#accepted > completed + abandoned) return;
    for (const resolve of this.#idlers.splice(0)) resolve();
  }
}
