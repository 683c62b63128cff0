import { untilDeadline } from '../delivery/deadline.js';
import type { Connection, Deadline } from '../delivery/destination.js';
import type { Account, Channel } from '../delivery/ledger.js';
import type { QueueRefusal } from '../delivery/queue.js';
import { Queue } from '../delivery/queue.js';
import { afterOthers } from '../delivery/turn.js';
import { askExporter } from './ask.js';
import { Flight } from './flight.js';
import type { ExportCallback } from './like.js';

/** How a pipeline batches. */
export interface BatchOptions {
  /** Items that wait or are in flight at most. Default 16 384. */
  readonly capacity?: number;
  /** Bytes that wait or are in flight at most, as the items are estimated. Default 64 MiB. */
  readonly capacityBytes?: number;
  /** Items in one export at most. Default 512. */
  readonly size?: number;
  /** Milliseconds that an item waits for company. Default 1000. */
  readonly delayMillis?: number;
  /** Milliseconds that one export may take; its outcome is then unknown and counts as failed. Default 10 000. */
  readonly timeoutMillis?: number;
  /** Exports in flight at once. Default 1. */
  readonly inFlight?: number;
}

/** What a pipeline delivers to. */
export interface Outlet<T> {
  export(items: T[], done: ExportCallback): void;
  /** Awaited before each export, within its time limit. */
  ready?(): Promise<void> | undefined;
  forceFlush?(): Promise<void> | undefined;
  shutdown(): Promise<void>;
}

/** A bounded queue in front of an exporter. Each item that it is given has one outcome, and the account knows it. */
export class Pipeline<T extends object> {
  readonly #outlet: Outlet<T>;
  readonly #connection: Connection;
  readonly #channel: Channel;
  readonly #account: Account;
  readonly #options: Required<BatchOptions>;
  readonly #queue: Queue<T>;
  readonly #flights = new Set<Flight<T>>();
  #inFlight = 0;
  #bytesInFlight = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #scheduled = false;
  /** Items up to this one (counted from the first ever) leave without waiting for company. */
  #flushTo = 0;
  #taken = 0;
  #accepted = 0;
  #settled = 0;
  #waiters: { readonly target: number; readonly done: () => void }[] = [];
  #ending: Promise<void> | undefined;

  constructor(outlet: Outlet<T>, channel: Channel, connection: Connection, options: Required<BatchOptions>) {
    this.#outlet = outlet;
    this.#connection = connection;
    this.#channel = channel;
    this.#account = connection.account(channel);
    this.#options = options;
    this.#queue = new Queue({ items: options.capacity, bytes: options.capacityBytes });
  }

  /** Waiting and in flight. */
  get size(): number {
    return this.#queue.size + this.#inFlight;
  }

  get capacity(): number {
    return this.#options.capacity;
  }

  get bytes(): number {
    return this.#queue.bytes + this.#bytesInFlight;
  }

  get capacityBytes(): number {
    return this.#options.capacityBytes;
  }

  /** Takes an item of so many bytes. Throws only where it has neither taken nor counted it. */
  push(item: T, bytes: number): void {
    let refused: 'closed' | QueueRefusal | undefined;
    // Near the end of the stack any call may throw. One that does ends this before anything is counted; then there are no more.
    if (this.#ending) refused = 'closed';
    else if (this.size >= this.capacity) refused = 'queue_full';
    else if (this.bytes + bytes > this.capacityBytes) refused = 'queue_bytes';
    else refused = this.#queue.push(item, bytes);
    if (refused) this.#account.dropped(refused);
    this.#account.arrived++;
    if (!refused) this.#accepted++;
    try {
      if (refused) this.#refuse(refused);
      else if (this.#queue.size >= this.#options.size) this.#sendSoon();
      else this.#arm();
    } catch {
      // It is counted. What waits is sent with the next item, by a flush or by the shutdown.
    }
  }

  async forceFlush(deadline: Deadline): Promise<void> {
    // A closed exporter is left alone.
    if (this.#ending) return untilDeadline(this.#ending, deadline);
    await this.#drain(deadline);
    if (deadline.signal.aborted) return;
    await askExporter(
      this.#connection,
      () => this.#outlet.forceFlush?.(),
      deadline,
      (error) => this.#tell('flush', 'its exporter could not be flushed', error),
    );
  }

  #drain(deadline: Deadline): Promise<void> {
    const target = this.#accepted;
    this.#flushTo = target;
    this.#send();
    if (this.#settled >= target) return Promise.resolve();
    return untilDeadline(new Promise<void>((done) => this.#waiters.push({ target, done })), deadline);
  }

  shutdown(deadline: Deadline): Promise<void> {
    this.#ending ??= this.#end(deadline);
    return this.#ending;
  }

  async #end(deadline: Deadline): Promise<void> {
    await this.#drain(deadline);
    clearTimeout(this.#timer);
    const waiting = this.#queue.clear().length;
    if (waiting > 0) {
      this.#account.dropped('shutdown', waiting);
      this.#settle(waiting);
    }
    const inFlight = this.#inFlight;
    for (const flight of [...this.#flights]) flight.fail('the shutdown deadline came');
    if (waiting + inFlight > 0) {
      this.#tell(
        'shutdown',
        `${waiting + inFlight} ${this.#channel} had no outcome when the shutdown deadline came`,
      );
    }
    await askExporter(
      this.#connection,
      () => this.#outlet.shutdown(),
      deadline,
      (error) => this.#tell('close', 'its exporter could not be shut down', error),
    );
  }

  #refuse(why: 'closed' | QueueRefusal): void {
    const { capacity, capacityBytes } = this.#options;
    const messages = {
      closed: `it is shut down: ${this.#channel} that come now are dropped and counted`,
      queue_full: `its queue of ${capacity} ${this.#channel} is full; further ones are dropped and counted`,
      queue_bytes: `its queue of ${capacityBytes} bytes of ${this.#channel} is full; further ones are dropped and counted`,
    };
    this.#tell(why, messages[why]);
  }

  #arm(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#flushTo = this.#accepted;
      this.#send();
    }, this.#options.delayMillis);
    (this.#timer as { unref?(): void }).unref?.();
  }

  // Encoding a batch takes milliseconds: not within the emit that filled it.
  #sendSoon(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    try {
      afterOthers(() => {
        this.#scheduled = false;
        this.#send();
      });
    } catch (error) {
      // A flag that nothing stands behind would be the end of the pipeline.
      this.#scheduled = false;
      throw error;
    }
  }

  #send(): void {
    const { size, inFlight } = this.#options;
    while (this.#flights.size < inFlight && this.#queue.size > 0) {
      if (this.#queue.size < size && this.#taken >= this.#flushTo) break;
      const before = this.#queue.bytes;
      const batch = this.#take();
      this.#launch(batch, before - this.#queue.bytes);
    }
    if (this.#queue.size > 0 && this.#flights.size < inFlight) this.#arm();
  }

  #take(): T[] {
    const batch: T[] = [];
    while (batch.length < this.#options.size) {
      const item = this.#queue.shift();
      if (item === undefined) break;
      batch.push(item);
    }
    this.#taken += batch.length;
    this.#inFlight += batch.length;
    return batch;
  }

  #launch(batch: T[], bytes: number): void {
    this.#bytesInFlight += bytes;
    const flight = new Flight<T>(batch, this.#options.timeoutMillis, (error) => {
      this.#flights.delete(flight);
      this.#inFlight -= batch.length;
      this.#bytesInFlight -= bytes;
      if (error === undefined) this.#account.delivered(batch.length);
      else {
        this.#account.failed(batch.length);
        this.#tell('failed', `an export of ${batch.length} ${this.#channel} failed`, error);
      }
      this.#settle(batch.length);
      if (!this.#ending || this.#queue.size > 0) this.#sendSoon();
    });
    this.#flights.add(flight);
    flight.start(this.#outlet.ready?.bind(this.#outlet), (items, done) =>
      this.#connection.inside(() => this.#outlet.export(items, done), 'untraced'),
    );
  }

  #settle(n: number): void {
    this.#settled += n;
    if (this.#waiters.length === 0) return;
    const waiters = this.#waiters;
    this.#waiters = waiters.filter(({ target }) => target > this.#settled);
    for (const { target, done } of waiters) if (target <= this.#settled) done();
  }

  #tell(key: string, message: string, error?: unknown): void {
    const { name, report } = this.#connection;
    report(`${name} ${this.#channel} ${key}`, `destination '${name}': ${message}`, error);
  }
}
