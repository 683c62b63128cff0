import type { Emission } from '../emission/emission.js';
import { swallow } from '../emission/swallow.js';
import { checkCount } from '../signal/option-checks.js';
import type { Account, Outcome } from './account.js';
import type { QueueBounds } from './bounded-queue.js';
import { defaultCapacityBytes, Queue } from './bounded-queue.js';
import { checkSink } from './check-sink.js';
import { untilDeadline } from './deadline.js';
import type { Connection, Deadline, Destination, Inside, Port, QueueSize } from './destination.js';
import { inTurn } from './event-loop-turn.js';
import { Flight } from './flight.js';
import { lastWritesOf, usualCapacity } from './last-writes.js';
import { Outcomes } from './outcomes.js';
import type { Patience } from './process-exit.js';
import type { Receipt } from './receipt.js';
import { promiseOf } from './sink-answer.js';
import type { Caller } from './sink-calls.js';
import { SinkCalls } from './sink-calls.js';
import type { SinkFunction } from './sink-function.js';
import { clockMillis } from './timers.js';
import type { Untaken } from './untaken.js';
import { untaken } from './untaken.js';

/** Options of {@link sinkDestination}. */
export interface SinkPortOptions {
  /** How many emissions wait at most, those in flight included. Default 16,384; for a console and files as many as the bytes allow. */
  readonly capacity?: number | undefined;
  /** How many bytes wait at most, as the emissions are estimated. Default 64 MiB. */
  readonly capacityBytes?: number | undefined;
  /** Makes the queue. Default: one that refuses what it has no room for. */
  readonly queue?: MakeQueue | undefined;
}

/** Makes a queue that lets go of what it took. It counts that in the account, and tells `gone`. */
export type MakeQueue = (bounds: QueueBounds, account: Account, gone: Gone) => Queue<Flight>;

/** Told of an emission that a queue let go: why, and what is to be said of it. */
export type Gone = (flight: Flight, reason: string, sentence: string) => void;

/**
 * Makes a function a destination.
 *
 * @param fn The sink.
 * @param options The capacity of its queue.
 * @throws {SignalboxError} When `fn` is no function or the capacity no whole number from 1.
 */
export function sinkDestination(fn: SinkFunction, options: SinkPortOptions = {}): Destination {
  checkSink('a destination', fn);
  const { capacity, capacityBytes = defaultCapacityBytes, queue } = options;
  if (capacity !== undefined) checkCount('a destination', 'capacity', capacity);
  checkCount('a destination', 'capacityBytes', capacityBytes);
  return {
    kind: 'sink',
    channels: ['sink'],
    connect: (connection) => connectSink(fn, { capacity, capacityBytes, queue }, connection),
  };
}

/** Puts a sink behind a queue of its own. It counts what it is handed. */
export function connectSink(fn: SinkFunction, options: SinkPortOptions, connection: Connection): Port {
  const { capacity: items = usualCapacity(fn), capacityBytes: bytes, queue } = options;
  return new SinkPort(fn, { items, bytes }, queue, connection);
}

/** A queue in front of a sink. Each emission that it is handed has one outcome, and the account knows it. */
class SinkPort implements Port, Caller {
  readonly kind = 'sink';
  readonly durable: boolean;
  readonly #fn: SinkFunction;
  readonly #connection: Connection;
  readonly #account: Account;
  /** Its size is what the account calls queued. */
  readonly #queue: Queue<Flight>;
  readonly #calls: SinkCalls;
  readonly #outcomes = new Outcomes();
  #ending: Promise<void> | undefined;
  /** When the shutdown has to be over, by the clock: where the loop is busy, timers come late. */
  #endMillis = Number.POSITIVE_INFINITY;
  /** Set when the process has ended: what comes then is written at once. */
  #ended: Patience | undefined;
  readonly #leave: (() => void) | undefined;

  constructor(
    fn: SinkFunction,
    bounds: QueueBounds,
    makeQueue: MakeQueue | undefined,
    connection: Connection,
  ) {
    this.durable = fn.durable === true;
    this.#fn = fn;
    this.#connection = connection;
    this.#account = connection.account('sink');
    this.#queue = makeQueue?.(bounds, this.#account, this.#gone) ?? new Queue(bounds);
    this.#calls = new SinkCalls(fn, this.#queue, connection, this);
    this.#leave = lastWritesOf(fn)?.atEnd((patience) => this.#exit(patience));
  }

  // Near the end of the stack any call may throw. One that does leaves no emission half taken, nor counted twice.
  accept(emission: Emission, around?: Inside, bytes = 0, receipt?: Receipt): void {
    let why: Untaken | undefined;
    let cause: unknown;
    try {
      const flight = new Flight(emission, around, bytes, this.#outcomes.accepted, receipt);
      why = this.#ending ? 'closed' : this.#queue.push(flight, bytes);
      if (why) this.#account.dropped(why);
    } catch (error) {
      this.#account.failed();
      why = 'unqueued';
      cause = error;
    }
    // No calls: where there is no stack left, what was not taken is not counted.
    this.#account.arrived++;
    if (!why) this.#outcomes.accepted++;
    try {
      if (!why) this.#start();
      else {
        receipt?.settle(why === 'unqueued' ? 'failed' : { dropped: why });
        if (why !== 'unqueued') this.#lost(why);
        this.#tell(why, untaken[why](this.#queue), cause);
      }
    } catch {
      // It is counted. What waits is seen to with the next emission, by a flush or by the shutdown.
    }
  }

  queue(): QueueSize {
    const { size, capacity, bytes, capacityBytes } = this.#queue;
    return { size, capacity, bytes, capacityBytes };
  }

  get holdsBack(): boolean {
    return typeof this.#fn.flush === 'function';
  }

  async forceFlush(deadline: Deadline): Promise<void> {
    if (this.#queue.size === 0) return;
    this.#start();
    await this.#outcomes.until(deadline);
  }

  shutdown(deadline: Deadline): Promise<void> {
    this.#ending ??= this.#connection.home(() => this.#end(deadline));
    return this.#ending;
  }

  async #end(deadline: Deadline): Promise<void> {
    this.#endMillis = clockMillis() + deadline.timeoutMillis;
    await this.forceFlush(deadline);
    this.#abandon();
    this.#leave?.();
    await untilDeadline(this.#close(), deadline);
  }

  async #close(): Promise<void> {
    try {
      await inTurn(() => promiseOf(this.#connection.inside(() => this.#fn.close?.())));
    } catch (error) {
      this.#tell('close', 'its sink could not be closed', error);
    }
  }

  #start(): void {
    if (this.#ended) this.#exit(this.#ended);
    else this.#calls.start();
  }

  settled(flight: Flight, outcome: Outcome, error?: unknown): void {
    this.#count(flight, outcome);
    if (outcome === 'failed') this.#tell('failed', 'its sink failed', error);
    this.#outcomes.wake(this.#oldest);
  }

  // The process lives on.
  late(): void {
    this.#ended = undefined;
  }

  isOver(): boolean {
    if (clockMillis() < this.#endMillis) return false;
    this.#abandon();
    return true;
  }

  given(): void {
    if (!this.#outcomes.awaited) return;
    try {
      swallow(this.#connection.inside(() => this.#fn.flush?.()));
    } catch (error) {
      this.#tell('flush', 'its sink could not be flushed', error);
    }
  }

  /**
   * Gives everything that is left its outcome. What is in flight may or may not arrive: it counts as failed.
   */
  #abandon(): void {
    const given = this.#calls.giveUp();
    const waiting = this.#queue.clear();
    const left = given.length + waiting.length;
    if (left === 0) return;
    for (const flight of given) this.#count(flight, 'failed');
    for (const flight of waiting) this.#count(flight, { dropped: 'shutdown' });
    this.#lost('shutdown', waiting.length);
    this.#tell('shutdown', `${left} of its emissions had no outcome when the shutdown deadline came`);
    this.#outcomes.wake(this.#oldest);
    this.#calls.abort(given, new Error('the box is shut down'));
  }

  readonly #gone: Gone = ({ receipt }, reason, sentence) => {
    receipt?.settle({ dropped: reason });
    this.#lost(reason);
    this.#tell(reason, sentence);
    this.#outcomes.wake(this.#oldest);
    this.#start();
  };

  /** The process ends: what is left is written past the queue. */
  #exit(patience: Patience): void {
    this.#ended = patience;
    const given = this.#calls.giveUp();
    const waiting = this.#queue.clear();
    lastWritesOf(this.#fn)?.write({ given, waiting }, this.#count, this.#connection, patience);
    this.#outcomes.wake(this.#oldest);
  }

  readonly #count = ({ receipt }: Flight, outcome: Outcome): void => {
    this.#account.count(outcome);
    receipt?.settle(outcome);
  };

  /** The number of the first emission that has no outcome. */
  readonly #oldest = (): number =>
    (this.#calls.oldest ?? this.#queue.peek())?.number ?? Number.POSITIVE_INFINITY;

  #lost(reason: string, count = 1): void {
    if (!this.#fn.lost || count === 0) return;
    try {
      this.#connection.inside(() => this.#fn.lost?.(reason, count));
    } catch (error) {
      this.#tell('lost', 'its sink could not be told of drops', error);
    }
  }

  #tell(key: string, message: string, error?: unknown): void {
    const { name, report } = this.#connection;
    report(`${name} ${key}`, `destination '${name}': ${message}`, error);
  }
}
