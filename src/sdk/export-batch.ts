import type { Queue } from '../delivery/bounded-queue.js';
import type { Load } from './send-in-halves.js';

/** A number of items that left a queue together: the number of the first, counted from the first ever, and how many have no outcome yet. */
export interface Taken {
  readonly first: number;
  left: number;
}

/** The items of one export. */
export class Batch<T> implements Load<Batch<T>> {
  readonly #items: readonly T[];
  readonly #weights: readonly number[];
  /** The take that this batch belongs to. Its halves share it. */
  readonly taken: Taken;
  /** The number of items, whatever an exporter does to its lists. */
  readonly count: number;
  /** Estimated bytes of the items. */
  readonly bytes: number;

  /**
   * Takes the oldest items out of a queue: at most `most`, of at most `mostBytes`, but at least one if there is one. `first`: the
   * number of the oldest.
   */
  static of<T extends object>(queue: Queue<T>, most: number, mostBytes: number, first: number): Batch<T> {
    const items: T[] = [];
    const weights: number[] = [];
    let bytes = 0;
    while (items.length < most) {
      const next = queue.nextBytes;
      if (items.length > 0 && bytes + next > mostBytes) break;
      const item = queue.take();
      if (item === undefined) break;
      items.push(item);
      weights.push(next);
      bytes += next;
    }
    return new Batch(items, weights, { first, left: items.length });
  }

  /** `weights`: the estimated bytes of each item. */
  constructor(items: readonly T[], weights: readonly number[], taken: Taken) {
    this.taken = taken;
    this.#items = items;
    this.#weights = weights;
    this.count = items.length;
    this.bytes = weights.reduce((sum, weight) => sum + weight, 0);
  }

  /** A new list, which an exporter may keep or change. */
  items(): T[] {
    return this.#items.slice();
  }

  split(): readonly [Batch<T>, Batch<T>] | undefined {
    if (this.count < 2) return undefined;
    const middle = this.count >> 1;
    const part = (from: number, to: number): Batch<T> =>
      new Batch(this.#items.slice(from, to), this.#weights.slice(from, to), this.taken);
    return [part(0, middle), part(middle, this.count)];
  }
}
