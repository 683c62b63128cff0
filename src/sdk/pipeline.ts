import type { Account, Channel } from '../delivery/account.js';
import type { QueueRefusal } from '../delivery/bounded-queue.js';
import { Queue } from '../delivery/bounded-queue.js';
import { untilDeadline } from '../delivery/deadline.js';
import type { Connection, Deadline, Mark } from '../delivery/destination.js';
import { afterOthers, isTurnOver } from '../delivery/event-loop-turn.js';
import { OldestOut } from '../delivery/oldest-out.js';
import { OutcomeWaiters } from '../delivery/outcome-waiters.js';
import { clockMillis } from '../delivery/timers.js';
import { Pace } from './adaptive-batch-size.js';
import type { BatchOptions } from './batch-options.js';
import { countOutcome } from './count-outcome.js';
import type { Taken } from './export-batch.js';
import { Batch } from './export-batch.js';
import type { Verdict } from './export-result.js';
import type { ExportCallback } from './exporter-like.js';
import { askExporter } from './flush-exporter.js';
import { FlushTimer } from './flush-timer.js';
import { LoopDepths } from './loop-depths.js';
import type { Line } from './send-in-halves.js';
import { Consignment } from './send-in-halves.js';

/** What a pipeline delivers to. */
export interface Outlet<T> {
  /** `items` is a new list for each call. */
  export(items: T[], done: ExportCallback): void;
  /** The pipeline awaits it before each export, within the export's time limit. */
  ready?(): PromiseLike<void> | undefined;
  forceFlush?(): Promise<void> | undefined;
  shutdown(): Promise<void> | undefined;
}

/** The smallest size in bytes that batches shrink to, however small the loads are that an endpoint refuses as too large. */
const LEAST_SIZE_BYTES = 65_536;

/** Above this part of its bounds, a queue is about to drop items. */
const CROWDED = 0.75;

const NOWHERE: ReadonlySet<object> = new Set();

/** A bounded queue in front of an exporter. Each item that it is given has one outcome, which the account counts. */
export class Pipeline<T extends object> implements Line<Batch<T>> {
  readonly #outlet: Outlet<T>;
  readonly #connection: Connection;
  readonly #channel: Channel;
  readonly #account: Account;
  readonly #options: Required<BatchOptions>;
  /** Its items include those in flight. */
  readonly #queue: Queue<T>;
  readonly #pace: Pace;
  readonly #depths = new LoopDepths<T>();
  readonly #consignments = new Set<Consignment<Batch<T>>>();
  #sizeBytes: number;
  readonly #timer: FlushTimer;
  #scheduled = false;
  /** Items up to this number (counted from the first ever) leave without a wait for others. */
  #flushTo = 0;
  #taken = 0;
  readonly #outcomes = new OutcomeWaiters();
  /** What was taken and has items without an outcome, in the order of taking. */
  readonly #open = new Set<Taken>();
  #ending: Promise<void> | undefined;

  constructor(outlet: Outlet<T>, channel: Channel, connection: Connection, options: Required<BatchOptions>) {
    this.#outlet = outlet;
    this.#connection = connection;
    this.#channel = channel;
    this.#account = connection.account(channel);
    this.#options = options;
    this.#pace = new Pace(options.size);
    this.#timer = new FlushTimer(this.#flush, options.delayMillis, (fn) => connection.home(fn));
    this.#sizeBytes = options.sizeBytes;
    const bounds = { items: options.capacity, bytes: options.capacityBytes };
    this.#queue =
      options.whenFull === 'dropOldest'
        ? new OldestOut(bounds, this.#account, this.#displaced)
        : new Queue(bounds);
  }

  /** Number of items that wait or are in flight. */
  get size(): number {
    return this.#queue.size;
  }

  get capacity(): number {
    return this.#options.capacity;
  }

  get bytes(): number {
    return this.#queue.bytes;
  }

  get capacityBytes(): number {
    return this.#options.capacityBytes;
  }

  /**
   * Takes an item of so many bytes. `depth` is its loop depth: how many ended calls led to it. Throws only if it has neither taken
   * nor counted the item.
   */
  push(item: T, bytes: number, depth = 0): void {
    this.#depths.note(item, depth);
    // Near the end of the stack any call may throw. A call that throws here ends `push` before anything is counted, and no call
    // follows the count.
    const refused: 'closed' | QueueRefusal | undefined = this.#ending
      ? 'closed'
      : this.#queue.push(item, bytes);
    if (refused) this.#account.dropped(refused);
    this.#account.arrived++;
    if (!refused) this.#outcomes.accepted++;
    try {
      if (refused) this.#refuse(refused);
      else if (this.#isFull()) this.#sendSoon();
      else this.#timer.arm();
    } catch {
      // The item is counted. The next item, a flush or the shutdown sends what waits.
    }
  }

  async forceFlush(deadline: Deadline): Promise<void> {
    // Never flush an exporter that was closed.
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
    const target = this.#outcomes.accepted;
    this.#flushTo = target;
    this.#connection.home(this.#send);
    return this.#oldest() >= target ? Promise.resolve() : this.#outcomes.until(deadline, target);
  }

  shutdown(deadline: Deadline): Promise<void> {
    this.#ending ??= this.#end(deadline);
    return this.#ending;
  }

  async #end(deadline: Deadline): Promise<void> {
    await this.#drain(deadline);
    this.#timer.stop();
    const waiting = this.#queue.clear().length;
    if (waiting > 0) {
      this.#account.dropped('shutdown', waiting);
      this.#taken += waiting;
      this.#outcomes.wake(this.#oldest);
    }
    const inFlight = this.#queue.size;
    for (const consignment of [...this.#consignments]) consignment.end('the shutdown deadline came');
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

  readonly #displaced = (_item: T, reason: string, sentence: string): void => {
    this.#taken++;
    this.#outcomes.wake(this.#oldest);
    this.#tell(reason, sentence);
  };

  #refuse(why: 'closed' | QueueRefusal): void {
    const { capacity, capacityBytes } = this.#options;
    const messages = {
      closed: `it is shut down: ${this.#channel} that come now are dropped and counted`,
      queue_full: `its queue of ${capacity} ${this.#channel} is full; further ones are dropped and counted`,
      queue_bytes: `its queue of ${capacityBytes} bytes of ${this.#channel} is full; further ones are dropped and counted`,
    };
    this.#tell(why, messages[why]);
  }

  readonly #flush = (): void => {
    this.#flushTo = this.#outcomes.accepted;
    this.#send();
  };

  // Encoding a batch takes milliseconds. It must not happen within the emit that filled the batch.
  #sendSoon(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    try {
      afterOthers(() => {
        this.#scheduled = false;
        this.#connection.home(this.#send);
      }, this.#pace.millis);
    } catch (error) {
      // The flag without a scheduled call would stop the pipeline for good.
      this.#scheduled = false;
      throw error;
    }
  }

  #isFull(): boolean {
    return this.#queue.waiting >= this.#batchSize || this.#queue.waitingBytes >= this.#sizeBytes;
  }

  readonly #send = (): void => {
    const { inFlight } = this.#options;
    while (this.#consignments.size < inFlight && this.#queue.waiting > 0) {
      if (!this.#isFull() && this.#taken >= this.#flushTo) break;
      if (isTurnOver(this.#pace.millis)) {
        this.#sendSoon();
        return;
      }
      const batch = Batch.of(this.#queue, this.#batchSize, this.#sizeBytes, this.#taken);
      this.#taken += batch.count;
      this.#open.add(batch.taken);
      const consignment = new Consignment(batch, this);
      this.#consignments.add(consignment);
      consignment.start();
    }
    if (this.#queue.waiting > 0 && this.#consignments.size < inFlight) this.#timer.arm();
  };

  // A crowded queue gets the largest batches: a busy event loop is better than lost items.
  get #batchSize(): number {
    const isCrowded = this.size > this.capacity * CROWDED || this.bytes > this.capacityBytes * CROWDED;
    return isCrowded ? this.#options.size : this.#pace.size;
  }

  get timeoutMillis(): number {
    return this.#options.timeoutMillis;
  }

  ready(): PromiseLike<void> | undefined {
    const { ready } = this.#outlet;
    return ready && this.#connection.inside(() => ready.call(this.#outlet), 'untraced');
  }

  // An exporter that goes on after its answer may emit without end. A batch therefore has the loop depth of its deepest item.
  mark(batch: Batch<T> | undefined): Mark {
    const depth = batch ? this.#depths.deepest(() => batch.items()) : 0;
    return this.#connection.mark(depth > 0 ? { destinations: NOWHERE, depth } : undefined);
  }

  send(batch: Batch<T>, done: ExportCallback, mark: Mark): unknown {
    const items = batch.items();
    const start = clockMillis();
    try {
      return this.#connection.inside(() => this.#outlet.export(items, done), { mark, untraced: true });
    } finally {
      this.#pace.took(batch.count, clockMillis() - start);
    }
  }

  settled({ count, bytes, taken }: Batch<T>, verdict: Verdict | 'dropped'): void {
    this.#queue.free(bytes, count);
    if (verdict === 'dropped') this.#account.dropped('shutdown', count);
    else countOutcome(this.#account, count, this.#channel, verdict, this.#tell.bind(this));
    taken.left -= count;
    if (taken.left === 0) this.#open.delete(taken);
    this.#outcomes.wake(this.#oldest);
  }

  // Otherwise an endpoint with a lower limit would refuse every batch.
  tooLarge({ bytes }: Batch<T>): void {
    this.#sizeBytes = Math.min(this.#sizeBytes, Math.max(LEAST_SIZE_BYTES, bytes >> 1));
  }

  unanswered(): void {
    this.#tell(
      'unanswered',
      `its exporter has not answered within ${this.timeoutMillis} ms; ${this.#channel} wait until it does (open calls at most: ${this.#options.inFlight})`,
    );
  }

  over(consignment: Consignment<Batch<T>>): void {
    this.#consignments.delete(consignment);
    if (!this.#ending || this.#queue.waiting > 0) this.#sendSoon();
  }

  /** The number of the first item that has no outcome. */
  readonly #oldest = (): number => {
    for (const { first } of this.#open) return first;
    return this.#taken;
  };

  #tell(key: string, message: string, error?: unknown): void {
    const { name, report } = this.#connection;
    report(`${name} ${this.#channel} ${key}`, `destination '${name}': ${message}`, error);
  }
}
