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
import { OutcomeWaiters } from './outcome-waiters.js';
import type { Patience } from './process-exit.js';
import type { Receipt } from './receipt.js';
import { promiseOf } from './sink-answer.js';
import type { Caller } from './sink-calls.js';
import { SinkCalls } from './sink-calls.js';
import type { SinkFunction } from './sink-function.js';
import { lastWritesOf, usualCapacity } from './sink-last-writes.js';
import { clockMillis } from './timers.js';
import type { Untaken } from './untaken.js';
import { untaken } from './untaken.js';

/** Options of {@link sinkDestination}. */
export interface SinkPortOptions {
  /** The most emissions that wait or are in flight. Default 16,384; consoles and files have no limit but `capacityBytes`. */
  readonly capacity?: number | undefined;
  /** The most estimated bytes of emissions that wait or are in flight. Default 64 MiB. */
  readonly capacityBytes?: number | undefined;
  /** Makes the queue. Default: a queue that refuses emissions when it is full. */
  readonly queue?: MakeQueue | undefined;
}

/** Makes a queue that may drop emissions that it had accepted. It counts each in the account and calls `gone`. */
export type MakeQueue = (bounds: QueueBounds, account: Account, gone: Gone) => Queue<Flight>;

/** Called for an emission that a queue dropped, with the reason and a sentence to report. */
export type Gone = (flight: Flight, reason: string, sentence: string) => void;

/**
 * Makes a function a destination.
 *
 * @param fn The sink.
 * @param options The capacity of its queue.
 * @throws {SignalboxError} When `fn` is not a function or the capacity is not a whole number from 1.
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

/** Puts a sink behind a queue of its own. The port counts each emission. */
export function connectSink(fn: SinkFunction, options: SinkPortOptions, connection: Connection): Port {
  const { capacity: items = usualCapacity(fn), capacityBytes: bytes, queue } = options;
  return new SinkPort(fn, { items, bytes }, queue, connection);
}

/** A queue in front of a sink. Each emission gets exactly one outcome in the account. */
class SinkPort implements Port, Caller {
  readonly kind = 'sink';
  readonly durable: boolean;
  readonly #fn: SinkFunction;
  readonly #connection: Connection;
  readonly #account: Account;
  /** Its size equals `queued` of the account. */
  readonly #queue: Queue<Flight>;
  readonly #calls: SinkCalls;
  readonly #outcomes = new OutcomeWaiters();
  #ending: Promise<void> | undefined;
  /** The clock time at which the shutdown must end. A timer alone would come late if the event loop is busy. */
  #endMillis = Number.POSITIVE_INFINITY;
  /** Set when the process ends. From then on emissions are written at once. */
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

  // Any call may throw on an exhausted stack. It must then leave no emission half accepted or counted twice.
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
    // No calls here: on an exhausted stack an emission is either accepted and counted, or neither.
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
      // The emission is counted. The next emission, a flush or the shutdown starts the queue again.
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

  // A late answer shows that the process did not end after all.
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
   * Gives all remaining emissions an outcome. Those in flight may or may not arrive: they count as failed.
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

  /** Writes all remaining emissions past the queue when the process ends. */
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

  /** The number of the first emission without an outcome. */
  readonly #oldest = (): number =>
    (this.#calls.oldest ?? this.#queue.peek())?.number ?? Number.POSITIVE_INFINITY;

  #lost(reason: string, count = 1): void {
    if (!this.#fn.lost || count === 0) return;
    try {
      this.#connection.inside(() => this.#fn.lost?.(reason, count));
    } catch (error) {
      this.#tell('lost', '`lost` of its sink threw', error);
    }
  }

  #tell(key: string, message: string, error?: unknown): void {
    const { name, report } = this.#connection;
    report(`${name} ${key}`, `destination '${name}': ${message}`, error);
  }
}
