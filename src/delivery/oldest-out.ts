import type { Account } from './account.js';
import type { QueueBounds, QueueRefusal } from './bounded-queue.js';
import { Queue } from './bounded-queue.js';

/** A queue that makes room for what comes: the oldest that waits goes, and is counted as dropped for the reason `displaced`. */
export class OldestOut<T extends object> extends Queue<T> {
  readonly #account: Account;
  readonly #gone: (item: T, reason: 'displaced', sentence: string) => void;

  /** `gone` is told of each that went, when it is counted. */
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
    // What was taken out to be worked on stays: where no room can be made, nothing goes.
    if (refusal && !this.hasRoomBesideTaken(bytes)) return refusal;
    for (let oldest = this.peek(); refusal && oldest; oldest = this.peek()) {
      // Counted first: near the end of the stack this may throw, and then nothing has happened.
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
        `its queue (${this.capacity} items, ${this.capacityBytes} bytes) is full; the oldest are dropped and counted as displaced`,
      );
    } catch {
      // It is counted.
    }
  }
}
