import type { Account } from './account.js';
import type { QueueBounds, QueueRefusal } from './bounded-queue.js';
import { Queue } from './bounded-queue.js';
import type { Flight } from './flight.js';
import type { Gone } from './sink-port.js';
import { untaken } from './untaken.js';

/**
 * A queue with a waiting room for emissions whose outcome a caller waits for. If the queue is full, such an emission waits in the room and
 * enters the queue in order when there is space, or leaves when the caller stops waiting. The room has the bounds of the queue. While it holds
 * an emission, the queue refuses emissions that no caller waits for.
 */
export class WaitingRoom extends Queue<Flight> {
  readonly #account: Account;
  readonly #gone: Gone;
  readonly #room = new Set<Flight>();
  #roomBytes = 0;
  /** Why the first emission in the room was refused last. */
  #full: QueueRefusal = 'queue_full';

  /** @param gone Called for each emission that leaves the room without entering the queue, after it is counted. */
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
      const refusal = super.push(flight, flight.bytes);
      if (refusal) {
        this.#full = refusal;
        return;
      }
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
    const reason = this.#full;
    this.#account.dropped(reason);
    // The withdrawn emission may have been too large for the free space, so that smaller ones can enter now.
    this.#admit();
    this.#gone(flight, reason, untaken[reason](this));
  }
}
