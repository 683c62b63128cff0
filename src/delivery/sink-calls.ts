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

/** Emissions handled in one go at most; then timers and sockets of the app get their turn. */
const TURN = 512;

/** Whom the calls of a sink are made for. */
export interface Caller {
  /** A call has its outcome. Told once for each, and not for those that were given up. */
  settled(flight: Flight, outcome: Outcome, error?: unknown): void;
  /** A call that was given up has answered after all. */
  late(): void;
  /** Asked before others get their turn: whether there is no time for that, and all is given up. */
  isOver(): boolean;
  /** The sink has been given all that waited, and has not answered yet. */
  given(): void;
}

/** Calls a sink with what waits in its queue, in order, so many at once as it takes. */
export class SinkCalls {
  readonly #fn: SinkFunction;
  readonly #quiet: boolean;
  readonly #inFlight: number;
  readonly #queue: Queue<Flight>;
  readonly #connection: Connection;
  readonly #caller: Caller;
  /** In the order in which they began. A list: where one is open at a time, it takes no memory for each. */
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

  /** The call that began first of those without an outcome. */
  get oldest(): Flight | undefined {
    return this.#open[0];
  }

  /** Has the queue drained, unless it is seen to already. */
  start(): void {
    if (this.#draining || this.#open.length >= this.#inFlight) return;
    this.#draining = true;
    try {
      soon(this.#drain);
    } catch (error) {
      // A flag that no drain stands behind would be the end of the sink.
      this.#draining = false;
      throw error;
    }
  }

  /** Gives up all calls that have no outcome: one that comes changes nothing. Gives them in the order in which they began. */
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
        // The app's context manager threw. The others are told all the same.
      }
    }
  }

  // It goes on by itself for as long as something waits: not in the context of the emit that woke it.
  readonly #drain = (): void => this.#connection.home(this.#callAll);

  /** Calls the sink until nothing waits, it takes no more at once, or the turn is over. */
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

  /** There is room for the next. */
  readonly #goOn = (): void => {
    if (this.#draining) return;
    this.#draining = true;
    this.#drain();
  };

  #give(flight: Flight): void {
    // Called as a plain function: as a method it would be given this object.
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
