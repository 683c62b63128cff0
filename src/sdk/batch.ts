import type { Load } from './consignment.js';

/** Items that go in one export. */
export class Batch<T> implements Load<Batch<T>> {
  readonly #items: readonly T[];
  /** How many there are, whatever becomes of the lists that are given away. */
  readonly count: number;
  /** What they take in memory, as they were estimated. */
  readonly bytes: number;

  constructor(items: readonly T[], bytes: number) {
    this.#items = items;
    this.count = items.length;
    this.bytes = bytes;
  }

  /** A list of its own, for an exporter to keep or to change. */
  items(): T[] {
    return this.#items.slice();
  }

  split(): readonly [Batch<T>, Batch<T>] | undefined {
    if (this.count < 2) return undefined;
    const middle = this.count >> 1;
    const bytes = Math.floor((this.bytes * middle) / this.count);
    return [
      new Batch(this.#items.slice(0, middle), bytes),
      new Batch(this.#items.slice(middle), this.bytes - bytes),
    ];
  }
}
