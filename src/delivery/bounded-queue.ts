import { checkCount } from '../signal/option-checks.js';

/** The default capacity of a destination's queue in items: a burst of 10,000 causes no loss. */
export const defaultCapacity = 16_384;

/** The default capacity of a destination's queue in estimated bytes. */
export const defaultCapacityBytes: number = 64 * 1024 * 1024;

const FIRST_SLOTS = 16;

/** Why a queue refused an item: it is full in items, or in bytes. */
export type QueueRefusal = 'queue_full' | 'queue_bytes';

/** The bounds of a queue. */
export interface QueueBounds {
  /** The most items; `Infinity` if only the bytes bound the queue. Default 16,384. */
  readonly items?: number | undefined;
  /** The most bytes of all items together. Default 64 MiB. */
  readonly bytes?: number | undefined;
}

/**
 * A first-in, first-out ring, bounded in items and in bytes. Its memory grows with its contents. An item that `take` took out counts towards
 * the bounds until `free` frees its place.
 */
export class Queue<T extends object> {
  readonly capacity: number;
  readonly capacityBytes: number;
  #slots: (T | undefined)[] = new Array<T | undefined>(FIRST_SLOTS);
  #weights: number[] = new Array<number>(FIRST_SLOTS).fill(0);
  #head = 0;
  #waiting = 0;
  #waitingBytes = 0;
  #taken = 0;
  #takenBytes = 0;

  /** @throws {SignalboxError} When a bound is not a whole number from 1 (items may be `Infinity`). */
  constructor({ items = defaultCapacity, bytes = defaultCapacityBytes }: QueueBounds = {}) {
    if (items !== Number.POSITIVE_INFINITY) checkCount('a queue', 'capacity', items);
    checkCount('a queue', 'capacityBytes', bytes);
    this.capacity = items;
    this.capacityBytes = bytes;
  }

  /** The number of items that wait, plus taken items whose places are not freed. */
  get size(): number {
    return this.#waiting + this.#taken;
  }

  /** The bytes of those items, as given to `push`. */
  get bytes(): number {
    return this.#waitingBytes + this.#takenBytes;
  }

  /** The number of items that wait, without the taken ones. */
  get waiting(): number {
    return this.#waiting;
  }
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Adds an item at the end. If there is no room, adds nothing and returns the bound that refused it. */
  push(item: T, bytes: number): QueueRefusal | undefined {
    if (this.#waiting + this.#taken >= this.capacity) return 'queue_full';
    if (this.#waitingBytes + this.#takenBytes + bytes > this.capacityBytes) return 'queue_bytes';
    if (this.#waiting === this.#slots.length) this.#grow();
    const at = (this.#head + this.#waiting) % this.#slots.length;
    this.#slots[at] = item;
    this.#weights[at] = bytes;
    this.#waitingBytes += bytes;
    this.#waiting++;
    return undefined;
  }

  /** Whether an item of this size would have room if no item waited. */
  protected hasRoomBesideTaken(bytes: number): boolean {
    return this.#taken < this.capacity && this.#takenBytes + bytes <= this.capacityBytes;
  }

  /** The oldest waiting item. It stays in the queue. */
  peek(): T | undefined {
    return this.#slots[this.#head];
  }

  /** The bytes of the oldest waiting item; 0 if there is none. */
  get nextBytes(): number {
    return this.#waiting > 0 ? (this.#weights[this.#head] as number) : 0;
  }

  /** Takes out the oldest item. Its place stays occupied until `free`. */
  take(): T | undefined {
    const bytes = this.nextBytes;
    const item = this.shift();
    if (item === undefined) return undefined;
    this.#taken++;
    this.#takenBytes += bytes;
    return item;
  }

  /** Frees the places of taken items. `bytes` is their sum. */
  free(bytes: number, items = 1): void {
    this.#taken -= items;
    this.#takenBytes -= bytes;
  }

  /** Takes out the oldest item and frees its place. */
  shift(): T | undefined {
    const item = this.#slots[this.#head];
    if (item === undefined) return undefined;
    this.#slots[this.#head] = undefined;
    this.#waitingBytes -= this.#weights[this.#head] as number;
    this.#head = (this.#head + 1) % this.#slots.length;
    this.#waiting--;
    return item;
  }

  /** Takes out all waiting items and returns them in order. */
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
    for (let i = 0; i < this.#waiting; i++) {
      const from = (this.#head + i) % length;
      slots[i] = this.#slots[from];
      weights[i] = this.#weights[from] as number;
    }
    this.#slots = slots;
    this.#weights = weights;
    this.#head = 0;
  }
}
