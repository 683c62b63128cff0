import type { Account } from './account.js';
import type { QueueBounds, QueueRefusal } from './bounded-queue.js';
import { Queue } from './bounded-queue.js';
import type { Flight } from './flight.js';
import type { Gone } from './sink-port.js';
import { untaken } from './untaken.js';

/**
 * A queue with a waiting room: emissions that somebody waits for, and for which there is no room, come in when there is, in order; or go
 * when nobody waits any more. The waiting room holds as much as the queue. Others find no room while somebody is in it.
 */
export class WaitingRoom extends Queue<Flight> {
  readonly #account: Account;
  readonly #gone: Gone;
  readonly #room = new Set<Flight>();
  #roomBytes = 0;
  /** Why the first in the room found no place. */
  #full: QueueRefusal = 'queue_full';

  /** `gone` is told of each that left the room without a place, when it is counted. */
  constructor(bounds: QueueBounds, account: Account, gone: Gone) {
    super(bounds);
    this.#account = account;
    this.#gone = gone;
  }

  override get size(): number {
    return super.size + this.#room.size;
  }

  override get bytes(): number {
    return super.bytes + this.#roomBytes;
  }

  override push(flight: Flight, bytes: number): QueueRefusal | undefined {
    const refusal = this.#room.size > 0 ? this.#full : super.push(flight, bytes);
    if (!refusal || !flight.receipt || !this.#admits(bytes)) return refusal;
    this.#full = refusal;
    this.#room.add(flight);
    this.#roomBytes += bytes;
    flight.receipt.withdraw = () => this.#withdraw(flight);
    return undefined;
  }

  override free(bytes: number, items?: number): void {
    super.free(bytes, items);
    this.#admit();
  }

  override clear(): Flight[] {
    const all = [...super.clear(), ...this.#room];
    this.#room.clear();
    this.#roomBytes = 0;
    return all;
  }

  #admits(bytes: number): boolean {
    return this.#room.size < this.capacity && this.#roomBytes + bytes <= this.capacityBytes;
  }

  #admit(): void {
    for (const flight of this.#room) {
      if (super.push(flight, flight.bytes)) return;
      this.#leave(flight);
    }
  }

  #leave(flight: Flight): void {
    this.#room.delete(flight);
    this.#roomBytes -= flight.bytes;
  }

  #withdraw(flight: Flight): void {
    if (!this.#room.has(flight)) return;
    this.#leave(flight);
    this.#account.dropped(this.#full);
    // It may have been too large for the room that there is.
    this.#admit();
    this.#gone(flight, this.#full, untaken[this.#full](this));
  }
}
