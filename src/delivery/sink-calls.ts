import type { Outcome } from './account.js';
import type { Queue } from './bounded-queue.js';
import type { Connection } from './destination.js';
import { isQuiet } from './emits-nothing.js';
import { afterOthers, isTurnOver, watchTurn } from './event-loop-turn.js';
import type { Flight } from './flight.js';
import { dropReasonOf, isPending, promiseOf } from './sink-answer.js';
import { Call } from './sink-call.js';
import type { SinkFunction } from './sink-function.js';
import { soon } from './timers.js';

/** The most emissions in one turn of the event loop. Then timers and sockets of the app run. */
const TURN = 512;

/** The owner of a sink's calls. */
export interface Caller {
  /** A call has its outcome. Called once per call, but not for calls that were given up. */
  settled(flight: Flight, outcome: Outcome, error?: unknown): void;
  /** A call that was given up has answered after all. */
  late(): void;
  /** Called before timers and sockets run. True if the deadline has passed, so that all emissions were given up. */
  isOver(): boolean;
  /** The sink has been called with all waiting emissions and has not answered all of them. */
  given(): void;
}

/** Calls a sink with the emissions of its queue, in order, up to its `inFlight` at once. */
export class SinkCalls {
  readonly #fn: SinkFunction;
  readonly #quiet: boolean;
  readonly #inFlight: number;
  readonly #queue: Queue<Flight>;
  readonly #connection: Connection;
  readonly #caller: Caller;
  /** The open calls in the order in which they began. A list, because with one open call at a time it allocates nothing per call. */
  readonly #open: Flight[] = [];
  #draining = false;
  #turn = 0;

  constructor(fn: SinkFunction, queue: Queue<Flight>, connection: Connection, caller: Caller) {
    this.#fn = fn;
    this.#quiet = isQuiet(fn);
    this.#inFlight = fn.inFlight ?? 1;
    this.#queue = queue;
    this.#connection = connection;
    this.#caller = caller;
  }

  /** The oldest call without an outcome. */
  get oldest(): Flight | undefined {
    return this.#open[0];
  }

  /** Starts draining the queue, unless it is already being drained. */
  start(): void {
    if (this.#draining || this.#open.length >= this.#inFlight) return;
    this.#draining = true;
    try {
      soon(this.#drain);
    } catch (error) {
      // If the flag stayed set without a scheduled drain, the sink would stop for ever.
      this.#draining = false;
      throw error;
    }
  }

  /** Gives up all open calls: a later answer changes nothing. Returns them in the order in which they began. */
  giveUp(): Flight[] {
    const open = this.#open.splice(0);
    for (const { bytes } of open) this.#queue.free(bytes);
    return open;
  }

  /** Aborts the signals of calls that were given up. */
  abort(flights: readonly Flight[], reason: unknown): void {
    for (const { call, mark } of flights) {
      try {
        this.#connection.inside(() => call?.abort(reason), { mark });
      } catch {
        // The app's context manager threw. The other calls must still be aborted.
      }
    }
  }

  // Draining continues as long as emissions wait, so it must not run in the context of the emit that started it.
  readonly #drain = (): void => this.#connection.home(this.#callAll);

  /** Calls the sink until no emission waits, `inFlight` calls are open, or the turn is over. */
  readonly #callAll = (): void => {
    for (;;) {
      const next = this.#open.length < this.#inFlight ? this.#queue.peek() : undefined;
      if (!next) {
        this.#draining = false;
        if (this.#open.length > 0 && !this.#queue.peek()) this.#caller.given();
        return;
      }
      if (this.#turn === TURN || isTurnOver()) {
        this.#turn = 0;
        if (this.#caller.isOver()) this.#draining = false;
        else afterOthers(this.#drain);
        return;
      }
      this.#turn++;
      this.#give(next);
    }
  };

  /** Continues after a call has ended. */
  readonly #goOn = (): void => {
    if (this.#draining) return;
    this.#draining = true;
    this.#drain();
  };

  #give(flight: Flight): void {
    // Called as a plain function, so that `this` is not this object.
    const fn = this.#fn;
    const call = new Call();
    const mark = this.#connection.mark(flight.around);
    flight.call = call;
    flight.mark = mark;
    this.#queue.take();
    this.#open.push(flight);
    try {
      const answer: unknown = this.#connection.inside(() => fn(flight.emission, call), {
        mark,
        quiet: this.#quiet,
        untraced: fn.untraced,
      });
      if (isPending(answer)) {
        this.#await(flight, answer);
        return;
      }
      mark.alive = false;
      this.#answered(flight, answer);
    } catch (error) {
      mark.alive = false;
      this.#settle(flight, 'failed', error);
    }
  }

  #await(flight: Flight, answer: PromiseLike<unknown>): void {
    const watched = watchTurn();
    const ended = (): void => {
      if (flight.mark) flight.mark.alive = false;
      watched();
    };
    promiseOf(answer)
      .then(
        (value) => {
          ended();
          this.#answered(flight, value);
        },
        (error: unknown) => {
          ended();
          this.#settle(flight, 'failed', error);
        },
      )
      .then(this.#goOn);
  }

  #answered(flight: Flight, answer: unknown): void {
    let reason: string | undefined;
    try {
      reason = dropReasonOf(answer);
    } catch (error) {
      this.#settle(flight, 'failed', error);
      return;
    }
    this.#settle(flight, reason === undefined ? 'delivered' : { dropped: reason });
  }

  #settle(flight: Flight, outcome: Outcome, error?: unknown): void {
    const at = this.#open.indexOf(flight);
    if (at < 0) {
      this.#caller.late();
      return;
    }
    if (at === 0) this.#open.shift();
    else this.#open.splice(at, 1);
    this.#queue.free(flight.bytes);
    this.#caller.settled(flight, outcome, error);
  }
}
