import type { Emission } from '../emission/emission.js';
import { checkCount } from '../signal/option-checks.js';
import type { Account } from './account.js';
import type { QueueBounds } from './bounded-queue.js';
import { defaultCapacityBytes, Queue } from './bounded-queue.js';
import { checkSink } from './check-sink.js';
import { untilDeadline } from './deadline.js';
import type { Connection, Deadline, Destination, Inside, Mark, Port, QueueSize } from './destination.js';
import { isQuiet } from './emits-nothing.js';
import { afterOthers, inTurn, isTurnOver, watchTurn } from './event-loop-turn.js';
import { Outcomes } from './outcomes.js';
import type { Patience } from './process-exit.js';
import { dropReasonOf, isPending, promiseOf } from './sink-answer.js';
import { Call } from './sink-call.js';
import type { SinkFunction } from './sink-function.js';
import { clockMillis, soon } from './timers.js';
import type { Untaken } from './untaken.js';
import { untaken } from './untaken.js';
import { usualCapacity, writeLast, writesLast } from './write-at-exit.js';

/** Options of {@link sinkDestination}. */
export interface SinkPortOptions {
  /** How many emissions wait at most, the one in flight included. Default 16,384; for a console and files as many as the bytes allow. */
  readonly capacity?: number | undefined;
  /** How many bytes wait at most, as the emissions are estimated. Default 64 MiB. */
  readonly capacityBytes?: number | undefined;
}

/** Emissions handled in one go at most; then timers and sockets of the app get their turn. */
const TURN = 512;

/**
 * Makes a function a destination.
 *
 * @param fn The sink.
 * @param options The capacity of its queue.
 * @throws {SignalboxError} When `fn` is no function or the capacity no whole number from 1.
 */
export function sinkDestination(fn: SinkFunction, options: SinkPortOptions = {}): Destination {
  checkSink('a destination', fn);
  const { capacity, capacityBytes = defaultCapacityBytes } = options;
  if (capacity !== undefined) checkCount('a destination', 'capacity', capacity);
  checkCount('a destination', 'capacityBytes', capacityBytes);
  return {
    kind: 'sink',
    channels: ['sink'],
    connect: (connection) => connectSink(fn, { capacity, capacityBytes }, connection),
  };
}

/** Puts a sink behind a queue of its own. It counts what it is handed. */
export function connectSink(fn: SinkFunction, options: SinkPortOptions, connection: Connection): Port {
  const { capacity: items = usualCapacity(fn), capacityBytes: bytes } = options;
  return new SinkPort(fn, { items, bytes }, connection);
}

/** An emission that waits, and what it was emitted inside of: the sink is called inside of that, whoever woke the queue. */
interface Waiting {
  readonly emission: Emission;
  readonly around: Inside | undefined;
}

/** A call that has no outcome yet. */
interface Flight {
  readonly call: Call;
  readonly mark: Mark;
}

class SinkPort implements Port {
  readonly kind = 'sink';
  readonly #fn: SinkFunction;
  readonly #quiet: boolean;
  readonly #connection: Connection;
  readonly #account: Account;
  /** An emission leaves it with its outcome, so that its size is what the account calls queued. */
  readonly #queue: Queue<Waiting>;
  #flight: Flight | undefined;
  #draining = false;
  #turn = 0;
  readonly #outcomes = new Outcomes();
  #ending: Promise<void> | undefined;
  /** When the shutdown has to be over, by the clock: where the loop is busy, timers come late. */
  #endMillis = Number.POSITIVE_INFINITY;
  /** Set when the process has ended: what comes then is written at once, as if by a drain that goes on. */
  #ended: Patience | undefined;
  readonly #leave: (() => void) | undefined;

  constructor(fn: SinkFunction, bounds: QueueBounds, connection: Connection) {
    this.#fn = fn;
    this.#quiet = isQuiet(fn);
    this.#connection = connection;
    this.#account = connection.account('sink');
    this.#queue = new Queue(bounds);
    this.#leave = writesLast(fn, (patience) => this.#exit(patience));
  }

  // Near the end of the stack any call may throw. One that does leaves no emission half taken, nor counted twice.
  accept(emission: Emission, around?: Inside, bytes = 0): void {
    let why: Untaken | undefined;
    let cause: unknown;
    try {
      why = this.#ending ? 'closed' : this.#queue.push({ emission, around }, bytes);
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
      if (why) this.#tell(why, untaken[why](this.#queue), cause);
      else this.#start();
    } catch {
      // It is counted. What waits is seen to with the next emission, by a flush or by the shutdown.
    }
  }

  queue(): QueueSize {
    const { size, capacity, bytes, capacityBytes } = this.#queue;
    return { size, capacity, bytes, capacityBytes };
  }

  async forceFlush(deadline: Deadline): Promise<void> {
    if (this.#outcomes.complete) return;
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

  /**
   * Gives everything that is left its outcome. What is in flight may or may not arrive: it counts as failed.
   */
  #abandon(): void {
    const inFlight = this.#flight;
    const left = this.#queue.clear().length;
    if (left === 0) return;
    this.#flight = undefined;
    const waiting = inFlight ? left - 1 : left;
    if (inFlight) this.#account.failed();
    if (waiting > 0) this.#account.dropped('shutdown', waiting);
    this.#tell('shutdown', `${left} of its emissions had no outcome when the shutdown deadline came`);
    this.#outcomes.settleAll();
    this.#outcomes.wake();
    if (!inFlight) return;
    const { call, mark } = inFlight;
    this.#connection.inside(() => call.abort(new Error('the box is shut down')), { mark });
  }

  /** The process ends: what is left is written past the queue. */
  #exit(patience: Patience): void {
    this.#ended = patience;
    this.#draining = true;
    const given = this.#flight !== undefined;
    this.#flight = undefined;
    writeLast(this.#fn, this.#queue.clear(), given, this.#connection, patience);
    this.#outcomes.settleAll();
    this.#outcomes.wake();
  }

  /** Has the queue drained, unless it is seen to already. */
  #start(): void {
    if (this.#draining && this.#ended) this.#exit(this.#ended);
    if (this.#draining) return;
    this.#draining = true;
    try {
      soon(this.#drain);
    } catch (error) {
      // A flag that no drain stands behind would be the end of the sink.
      this.#draining = false;
      throw error;
    }
  }

  // It goes on by itself for as long as something waits: not in the context of the emit that woke it.
  readonly #drain = (): void => this.#connection.home(this.#callAll);

  /** Calls the sink until the queue is empty, an answer is pending, or the turn is over. */
  readonly #callAll = (): void => {
    for (;;) {
      const next = this.#queue.peek();
      if (!next) {
        this.#draining = false;
        return;
      }
      if (this.#turn === TURN || isTurnOver()) {
        this.#turn = 0;
        if (clockMillis() < this.#endMillis) afterOthers(this.#drain);
        else {
          this.#draining = false;
          this.#abandon();
        }
        return;
      }
      this.#turn++;
      if (this.#give(next) === 'pending') return;
    }
  };

  #give({ emission, around }: Waiting): 'pending' | 'settled' {
    // Called as a plain function: as a method it would be given this port.
    const fn = this.#fn;
    const call = new Call();
    const mark = this.#connection.mark(around);
    this.#flight = { call, mark };
    try {
      const answer: unknown = this.#connection.inside(() => fn(emission, call), { mark, quiet: this.#quiet });
      if (isPending(answer)) {
        this.#await(call, mark, answer);
        return 'pending';
      }
      mark.alive = false;
      this.#answered(call, answer);
    } catch (error) {
      mark.alive = false;
      this.#failed(call, error);
    }
    return 'settled';
  }

  #await(call: Call, mark: Mark, answer: PromiseLike<unknown>): void {
    const watched = watchTurn();
    const settled = (): void => {
      mark.alive = false;
      watched();
    };
    promiseOf(answer)
      .then(
        (value) => {
          settled();
          this.#answered(call, value);
        },
        (error: unknown) => {
          settled();
          this.#failed(call, error);
        },
      )
      .then(this.#drain);
  }

  #answered(call: Call, answer: unknown): void {
    let reason: string | undefined;
    try {
      reason = dropReasonOf(answer);
    } catch (error) {
      this.#failed(call, error);
      return;
    }
    if (!this.#settle(call)) return;
    if (reason === undefined) this.#account.delivered();
    else this.#account.dropped(reason);
    this.#outcomes.wake();
  }

  #failed(call: Call, error: unknown): void {
    if (!this.#settle(call)) return;
    this.#account.failed();
    this.#tell('failed', 'its sink failed', error);
    this.#outcomes.wake();
  }

  /**
   * False where the deadline passed meanwhile: the outcome is counted already, and a late one changes
   * nothing.
   */
  #settle(call: Call): boolean {
    if (this.#flight?.call !== call) return false;
    this.#flight = undefined;
    this.#queue.shift();
    this.#outcomes.settle();
    return true;
  }

  #tell(key: string, message: string, error?: unknown): void {
    const { name, report } = this.#connection;
    report(`${name} ${key}`, `destination '${name}': ${message}`, error);
  }
}
