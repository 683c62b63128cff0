import type { Account } from './account.js';
import type { QueueBounds, QueueRefusal } from './bounded-queue.js';
import { Queue } from './bounded-queue.js';

/** A queue that makes room for new items: it drops the oldest waiting item and counts it with the reason `displaced`. */
export class OldestOut<T extends object> extends Queue<T> {
  readonly #account: Account;
  readonly #gone: (item: T, reason: 'displaced', sentence: string) => void;

  /** @param gone Called for each dropped item after it is counted. */
  constructor(
    bounds: QueueBounds,
    account: Account,
    gone: (item: T, reason: 'displaced', sentence: string) => void,
  ) {
    super(bounds);
    this.#account = account;
    this.#gone = gone;
  }

  override push(item: T, bytes: number): QueueRefusal | undefined {
    let refusal = super.push(item, bytes);
    // Items in flight can not be dropped. If dropping all waiting items would not make room, none is dropped.
    if (refusal && !this.hasRoomBesideTaken(bytes)) return refusal;
    for (let oldest = this.peek(); refusal && oldest; oldest = this.peek()) {
      // Counted first: this may throw on an exhausted stack, and then the queue is unchanged.
      this.#account.dropped('displaced');
      this.shift();
      this.#tell(oldest);
      refusal = super.push(item, bytes);
    }
    return refusal;
  }

  #tell(item: T): void {
    try {
      this.#gone(
        item,
        'displaced',
        `its queue (${this.capacity} items, ${this.capacityBytes} bytes) is full; the box drops the oldest and counts them as displaced`,
      );
    } catch {
      // The item is counted already.
    }
  }
}
