import type { QueueHandle } from '../../jobs/queue.js';

/** The first names of jobs that are seen are labels; those that come when there are as many are not. */
export class FirstNames {
  readonly #most: number;
  readonly #known = new Map<string, Set<unknown>>();

  constructor(most: number) {
    this.#most = most;
  }

  see(queue: QueueHandle, name: unknown): void {
    if (typeof name !== 'string' || name === '') return;
    const known = this.#known.get(name);
    if (known?.has(queue) || (!known && this.#known.size >= this.#most)) return;
    this.#known.set(name, (known ?? new Set()).add(queue));
    queue.knows(name);
  }
}
