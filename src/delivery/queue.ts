import { checkCount } from './check.js';

/** How many items a destination's queue holds unless told otherwise: a burst of 10,000 is no loss. */
export const defaultCapacity = 16_384;

const FIRST_SLOTS = 16;

/** A bounded first-in, first-out ring. Its memory grows with what it holds, up to the capacity. */
export class Queue<T extends object> {
  readonly capacity: number;
  #slots: (T | undefined)[];
  #head = 0;
  #size = 0;

  /**
   * @param capacity How many items it holds at most. Default 16,384.
   * @throws {SignalboxError} When the capacity is no whole number from 1.
   */
  constructor(capacity: number = defaultCapacity) {
    checkCount('a queue', 'capacity', capacity);
    this.capacity = capacity;
    this.#slots = new Array<T | undefined>(Math.min(capacity, FIRST_SLOTS));
  }

  get size(): number {
    return this.#size;
  }

  /** Adds an item at the end; `false`, and nothing added, when full. */
  push(item: T): boolean {
    if (this.#size === this.capacity) return false;
    if (this.#size === this.#slots.length) this.#grow();
    this.#slots[(this.#head + this.#size) % this.#slots.length] = item;
    this.#size++;
    return true;
  }

  /** The oldest item, which stays. */
  peek(): T | undefined {
    return this.#slots[this.#head];
  }

  /** Takes the oldest item out. */
  shift(): T | undefined {
    const item = this.#slots[this.#head];
    if (item === undefined) return undefined;
    this.#slots[this.#head] = undefined;
    this.#head = (this.#head + 1) % this.#slots.length;
    this.#size--;
    return item;
  }

  /** Takes everything out and says how much it was. */
  clear(): number {
    const size = this.#size;
    this.#slots = new Array<T | undefined>(Math.min(this.capacity, FIRST_SLOTS));
    this.#head = 0;
    this.#size = 0;
    return size;
  }

  #grow(): void {
    const old = this.#slots;
    const grown = new Array<T | undefined>(Math.min(this.capacity, old.length * 2));
    for (let i = 0; i < this.#size; i++) grown[i] = old[(this.#head + i) % old.length];
    this.#slots = grown;
    this.#head = 0;
  }
}
