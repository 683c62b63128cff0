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

/**
 * A first-in, first-out ring, bounded in items and in bytes. Its memory grows with what it holds. What was taken out of it to be worked on
 * counts to its bounds until its place is freed.
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

  /** @throws {SignalboxError} When a bound is no whole number from 1 (items may be `Infinity`). */
  constructor({ items = defaultCapacity, bytes = defaultCapacityBytes }: QueueBounds = {}) {
    if (items !== Number.POSITIVE_INFINITY) checkCount('a queue', 'capacity', items);
    checkCount('a queue', 'capacityBytes', bytes);
    this.capacity = items;
    this.capacityBytes = bytes;
  }

  /** What waits, and what was taken out and whose place is not free. */
  get size(): number {
    return this.#waiting + this.#taken;
  }

  /** The bytes of all that, as they were given. */
  get bytes(): number {
    return this.#waitingBytes + this.#takenBytes;
  }

  /** What waits alone, and its bytes. */
  get waiting(): number {
    return this.#waiting;
  }
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Adds an item of so many bytes at the end; where there is no room, says which bound it is and adds nothing. */
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

  /** Whether there would be room for so many bytes if nothing waited. */
  protected hasRoomBesideTaken(bytes: number): boolean {
    return this.#taken < this.capacity && this.#takenBytes + bytes <= this.capacityBytes;
  }

  /** The oldest item that waits, which stays. */
  peek(): T | undefined {
    return this.#slots[this.#head];
  }

  /** The bytes of that; 0 where there is none. */
  get nextBytes(): number {
    return this.#waiting > 0 ? (this.#weights[this.#head] as number) : 0;
  }

  /** Takes the oldest item out to be worked on: its place is taken until it is freed. */
  take(): T | undefined {
    const bytes = this.nextBytes;
    const item = this.shift();
    if (item === undefined) return undefined;
    this.#taken++;
    this.#takenBytes += bytes;
    return item;
  }

  /** Frees the places of items that were taken, of so many bytes together. */
  free(bytes: number, items = 1): void {
    this.#taken -= items;
    this.#takenBytes -= bytes;
  }

  /** Takes the oldest item out, and frees its place. */
  shift(): T | undefined {
    const item = this.#slots[this.#head];
    if (item === undefined) return undefined;
    this.#slots[this.#head] = undefined;
    this.#waitingBytes -= this.#weights[this.#head] as number;
    this.#head = (this.#head + 1) % this.#slots.length;
    this.#waiting--;
    return item;
  }

  /** Takes out everything that waits, and gives it in order. */
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
