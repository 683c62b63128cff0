import type { Account, Channel } from '../delivery/account.js';
import type { QueueRefusal } from '../delivery/bounded-queue.js';
import { Queue } from '../delivery/bounded-queue.js';
import { untilDeadline } from '../delivery/deadline.js';
import type { Connection, Deadline, Mark } from '../delivery/destination.js';
import { afterOthers, isTurnOver } from '../delivery/event-loop-turn.js';
import { clockMillis } from '../delivery/timers.js';
import { Pace } from './adaptive-batch-size.js';
import type { BatchOptions } from './batch-options.js';
import { countOutcome } from './count-outcome.js';
import { Batch } from './export-batch.js';
import type { Verdict } from './export-result.js';
import type { ExportCallback } from './exporter-like.js';
import { askExporter } from './flush-exporter.js';
import { LoopDepths } from './loop-depths.js';
import type { Line } from './send-in-halves.js';
import { Consignment } from './send-in-halves.js';

/** What a pipeline delivers to. */
export interface Outlet<T> {
  /** Given a list of its own. */
  export(items: T[], done: ExportCallback): void;
  /** Awaited before each export, within its time limit. */
  ready?(): PromiseLike<void> | undefined;
  forceFlush?(): Promise<void> | undefined;
  shutdown(): Promise<void> | undefined;
}

/** However small the loads that an endpoint refuses as too large: batches do not get smaller than this for it. */
const LEAST_SIZE_BYTES = 65_536;

/** From this part of its bounds on a queue is about to lose something. */
const CROWDED = 0.75;

const NOWHERE: ReadonlySet<object> = new Set();

/** A bounded queue in front of an exporter. Each item that it is given has one outcome, and the account knows it. */
export class Pipeline<T extends object> implements Line<Batch<T>> {
  readonly #outlet: Outlet<T>;
  readonly #connection: Connection;
  readonly #channel: Channel;
  readonly #account: Account;
  readonly #options: Required<BatchOptions>;
  readonly #queue: Queue<T>;
  readonly #pace: Pace;
  readonly #depths = new LoopDepths<T>();
  readonly #consignments = new Set<Consignment<Batch<T>>>();
  #sizeBytes: number;
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
    this.#pace = new Pace(options.size);
    this.#sizeBytes = options.sizeBytes;
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

  /**
   * Takes an item of so many bytes, to which calls that had ended led so often over. Throws only where it has neither taken nor counted it.
   */
  push(item: T, bytes: number, depth = 0): void {
    this.#depths.note(item, depth);
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
      else if (this.#isFull()) this.#sendSoon();
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
    this.#connection.home(this.#send);
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
    const fire = (): void => {
      this.#timer = undefined;
      this.#flushTo = this.#accepted;
      this.#send();
    };
    // A timer keeps the async context in which it was set: that of an emit is not to be kept, nor to be exported in.
    this.#timer = this.#connection.home(() => setTimeout(fire, this.#options.delayMillis));
    (this.#timer as { unref?(): void }).unref?.();
  }

  // Encoding a batch takes milliseconds: not within the emit that filled it.
  #sendSoon(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    try {
      afterOthers(() => {
        this.#scheduled = false;
        this.#connection.home(this.#send);
      }, this.#pace.millis);
    } catch (error) {
      // A flag that nothing stands behind would be the end of the pipeline.
      this.#scheduled = false;
      throw error;
    }
  }

  #isFull(): boolean {
    return this.#queue.size >= this.#batchSize || this.#queue.bytes >= this.#sizeBytes;
  }

  readonly #send = (): void => {
    const { inFlight } = this.#options;
    while (this.#consignments.size < inFlight && this.#queue.size > 0) {
      if (!this.#isFull() && this.#taken >= this.#flushTo) break;
      if (isTurnOver(this.#pace.millis)) {
        this.#sendSoon();
        return;
      }
      const batch = Batch.of(this.#queue, this.#batchSize, this.#sizeBytes);
      this.#taken += batch.count;
      this.#inFlight += batch.count;
      this.#bytesInFlight += batch.bytes;
      const consignment = new Consignment(batch, this);
      this.#consignments.add(consignment);
      consignment.start();
    }
    if (this.#queue.size > 0 && this.#consignments.size < inFlight) this.#arm();
  };

  // Before anything is lost, the loop is held up.
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

  // What it emits has no end either where it goes on after its answer: a batch is as deep as the deepest of it.
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

  settled({ count, bytes }: Batch<T>, verdict: Verdict | 'dropped'): void {
    this.#inFlight -= count;
    this.#bytesInFlight -= bytes;
    if (verdict === 'dropped') this.#account.dropped('shutdown', count);
    else countOutcome(this.#account, count, this.#channel, verdict, this.#tell.bind(this));
    this.#settle(count);
  }

  // An endpoint that takes less than a batch would else refuse each of them.
  tooLarge({ bytes }: Batch<T>): void {
    this.#sizeBytes = Math.min(this.#sizeBytes, Math.max(LEAST_SIZE_BYTES, bytes >> 1));
  }

  unanswered(): void {
    this.#tell(
      'unanswered',
      `its exporter has not answered within ${this.timeoutMillis} ms; ${this.#channel} wait until it does, for it is called ${this.#options.inFlight} at a time`,
    );
  }

  over(consignment: Consignment<Batch<T>>): void {
    this.#consignments.delete(consignment);
    if (!this.#ending || this.#queue.size > 0) this.#sendSoon();
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
