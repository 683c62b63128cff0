import type { Mark } from '../delivery/destination.js';
import { Flight } from './flight.js';
import type { ExportCallback } from './like.js';
import type { Verdict } from './verdict.js';

/** What one export carries. */
export interface Load<L> {
  /** Items in it. */
  readonly count: number;
  /** Two parts of it; none where it is one item. */
  split(): readonly [L, L] | undefined;
}

/** Where a consignment goes. */
export interface Line<L extends Load<L>> {
  readonly timeoutMillis: number;
  ready(): PromiseLike<void> | undefined;
  /** Gives the exporter a load: in lists of its own, for it may change them. */
  send(load: L, done: ExportCallback, mark: Mark): unknown;
  /** A mark for one call of the exporter with a load. */
  mark(load: L | undefined): Mark;
  /** Told of each part once. `dropped`: it was not sent any more. */
  settled(load: L, verdict: Verdict | 'dropped'): void;
  /** Told that a load is larger than what the endpoint takes. */
  tooLarge(load: L): void;
  /** Told where the exporter was called, and its time is over without an answer. */
  unanswered(): void;
  /** Nothing of the consignment is left, and no call of it is open. */
  over(consignment: Consignment<L>): void;
}

/**
 * A load on its way, one call of the exporter at a time. What the endpoint refuses for good is sent again in halves, so that only the items are
 * lost that it does not take. For one bad item of n that is at most 2·log2(n) further calls. There are never more than n / 2, or 4·log2(n) + 4
 * where that is more, nor more than 2·log2(n) + 2 where it took nothing of all: what is left then is refused with the rest.
 */
export class Consignment<L extends Load<L>> {
  readonly #line: Line<L>;
  #parts: L[];
  #current: L | undefined;
  #flight: Flight | undefined;
  #refusal: Verdict | undefined;
  /** Calls that may still be made. */
  #calls: number;
  #callsForNothing: number;
  #ended = false;

  constructor(load: L, line: Line<L>) {
    this.#line = line;
    this.#parts = [load];
    const depth = Math.ceil(Math.log2(load.count));
    this.#calls = 1 + Math.max(4 * depth + 4, load.count >> 1);
    this.#callsForNothing = 1 + 2 * depth + 2;
  }

  get timeoutMillis(): number {
    return this.#line.timeoutMillis;
  }

  /** Sends what is next. */
  start(): void {
    if (this.#refusal && Math.min(this.#calls, this.#callsForNothing) === 0) this.#giveUp(this.#refusal);
    this.#current = this.#ended ? undefined : this.#next();
    if (!this.#current) {
      this.#flight = undefined;
      this.#line.over(this);
      return;
    }
    this.#calls--;
    this.#callsForNothing--;
    this.#flight = new Flight(this);
    this.#flight.start();
  }

  /** Ends it now: what is in flight has failed, what is not is dropped. */
  end(why: string): void {
    this.#ended = true;
    this.#flight?.fail(why);
    this.#giveUp('dropped');
  }

  ready(): PromiseLike<void> | undefined {
    return this.#line.ready();
  }

  mark(): Mark {
    return this.#line.mark(this.#current);
  }

  send(done: ExportCallback, mark: Mark): unknown {
    return this.#current && this.#line.send(this.#current, done, mark);
  }

  landed(verdict: Verdict, open: boolean): void {
    const load = this.#current;
    this.#current = undefined;
    if (!load) return;
    if (verdict.outcome === 'delivered') this.#callsForNothing = Number.POSITIVE_INFINITY;
    if (verdict.outcome === 'refused') {
      this.#refusal = verdict;
      if (verdict.tooLarge) this.#line.tooLarge(load);
      const halves = this.#ended ? undefined : load.split();
      if (halves) {
        this.#parts.push(...halves);
        return;
      }
    }
    this.#line.settled(load, verdict);
    if (open && !this.#ended) this.#line.unanswered();
  }

  freed(): void {
    this.start();
  }

  // While it took nothing, the smallest first: that is the shortest way to what it takes. Then the largest, so that most gets through where
  // the calls do not reach for all. Of equals the oldest.
  #next(): L | undefined {
    const sign = this.#callsForNothing === Number.POSITIVE_INFINITY ? 1 : -1;
    let at = 0;
    for (let i = 1; i < this.#parts.length; i++)
      if (sign * (this.#parts[i] as L).count > sign * (this.#parts[at] as L).count) at = i;
    return this.#parts.splice(at, 1)[0];
  }

  #giveUp(verdict: Verdict | 'dropped'): void {
    const parts = this.#parts;
    this.#parts = [];
    for (const part of parts) this.#line.settled(part, verdict);
  }
}
