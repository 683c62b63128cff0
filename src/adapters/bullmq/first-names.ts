import type { QueueHandle } from '../../jobs/queue.js';

/** Lets the first `most` job names that the adapter sees become labels. Later names do not. */
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
