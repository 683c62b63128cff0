import type { Queue } from '../delivery/bounded-queue.js';
import type { Load } from './send-in-halves.js';

/** What was taken out of a queue at once: the number of its first item, counted from the first ever, and how many have no outcome. */
export interface Taken {
  readonly first: number;
  left: number;
}

/** Items that go in one export. */
export class Batch<T> implements Load<Batch<T>> {
  readonly #items: readonly T[];
  readonly #weights: readonly number[];
  /** What it is a part of. */
  readonly taken: Taken;
  /** How many there are, whatever becomes of the lists that are given away. */
  readonly count: number;
  /** What they take in memory, as they were estimated. */
  readonly bytes: number;

  /** The oldest items of a queue, which are taken out of it to be exported: so many at most, of so many bytes at most, and at least one where there is one. `first`: the number of the oldest. */
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

  /** `weights`: the bytes of each item, as they are estimated. */
  constructor(items: readonly T[], weights: readonly number[], taken: Taken) {
    this.taken = taken;
    this.#items = items;
    this.#weights = weights;
    this.count = items.length;
    this.bytes = weights.reduce((sum, weight) => sum + weight, 0);
  }

  /** A list of its own, for an exporter to keep or to change. */
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
