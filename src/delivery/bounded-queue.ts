import { checkCount } from '../signal/option-checks.js';

/** How many items a destination's queue holds unless told otherwise: a burst of 10,000 is no loss. */
export const defaultCapacity = 16_384;

/** How many bytes a destination's queue holds unless told otherwise, as its items are estimated. */
export const defaultCapacityBytes: number = 64 * 1024 * 1024;

const FIRST_SLOTS = 16;

/** Why a queue did not take an item: it has no place left, or no bytes. */
export type QueueRefusal = 'queue_full' | 'queue_bytes';

/** The bounds of a queue. */
export interface QueueBounds {
  /** Items at most; `Infinity` where the bytes alone bound it. Default 16,384. */
  readonly items?: number | undefined;
  /** Bytes at most, of all items together. Default 64 MiB. */
  readonly bytes?: number | undefined;
}

/** A first-in, first-out ring, bounded in items and in bytes. Its memory grows with what it holds. */
export class Queue<T extends object> {
  readonly capacity: number;
  readonly capacityBytes: number;
  #slots: (T | undefined)[] = new Array<T | undefined>(FIRST_SLOTS);
  #weights: number[] = new Array<number>(FIRST_SLOTS).fill(0);
  #head = 0;
  #size = 0;
  #bytes = 0;

  /** @throws {SignalboxError} When a bound is no whole number from 1 (items may be `Infinity`). */
  constructor({ items = defaultCapacity, bytes = defaultCapacityBytes }: QueueBounds = {}) {
    if (items !== Number.POSITIVE_INFINITY) checkCount('a queue', 'capacity', items);
    checkCount('a queue', 'capacityBytes', bytes);
    this.capacity = items;
    this.capacityBytes = bytes;
  }

  get size(): number {
    return this.#size;
  }

  /** The bytes of all that it holds, as they were given. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds an item of so many bytes at the end; where there is no room, says which bound it is and adds nothing. */
  push(item: T, bytes: number): QueueRefusal | undefined {
    if (this.#size >= this.capacity) return 'queue_full';
    if (this.#bytes + bytes > this.capacityBytes) return 'queue_bytes';
    if (this.#size === this.#slots.length) this.#grow();
    const at = (this.#head + this.#size) % this.#slots.length;
    this.#slots[at] = item;
    this.#weights[at] = bytes;
    this.#bytes += bytes;
    this.#size++;
    return undefined;
  }

  /** The oldest item, which stays. */
  peek(): T | undefined {
    return this.#slots[this.#head];
  }

  /** The bytes of the oldest item; 0 where there is none. */
  get nextBytes(): number {
    return this.#size > 0 ? (this.#weights[this.#head] as number) : 0;
  }

  /** Takes the oldest item out. */
  shift(): T | undefined {
    const item = this.#slots[this.#head];
    if (item === undefined) return undefined;
    this.#slots[this.#head] = undefined;
    this.#bytes -= this.#weights[this.#head] as number;
    this.#head = (this.#head + 1) % this.#slots.length;
    this.#size--;
    return item;
  }

  /** Takes everything out, and gives it in order. */
  clear(): T[] {
    const items: T[] = [];
    for (let item = this.shift(); item !== undefined; item = this.shift()) items.push(item);
    this.#slots = new Array<T | undefined>(FIRST_SLOTS);
    this.#weights = new Array<number>(FIRST_SLOTS).fill(0);
    this.#head = 0;
    return items;
  }

  #grow(): void {
    const { length } = this.#slots;
    const slots = new Array<T | undefined>(length * 2);
    const weights = new Array<number>(length * 2).fill(0);
    for (let i = 0; i < this.#size; i++) {
      const from = (this.#head + i) % length;
      slots[i] = this.#slots[from];
      weights[i] = this.#weights[from] as number;
    }
    this.#slots = slots;
    this.#weights = weights;
    this.#head = 0;
  }
}
