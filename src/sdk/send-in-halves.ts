import type { Mark } from '../delivery/destination.js';
import { ExportCall } from './export-call.js';
import type { Verdict } from './export-result.js';
import type { ExportCallback } from './exporter-like.js';

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
 * lost that it does not take: for one bad item of n that is at most 2·log2(n) further calls, however many there are less than 2·n. An endpoint
 * that takes nothing of all is left alone after 2·log2(n) + 2: what is left then is refused with the rest.
 */
export class Consignment<L extends Load<L>> {
  readonly #line: Line<L>;
  /** What is still to be sent, the next one last. */
  #parts: L[];
  #current: L | undefined;
  #call: ExportCall | undefined;
  #refusal: Verdict | undefined;
  /** Calls that may still be made; without a limit as soon as the endpoint took any part. */
  #calls: number;
  #ended = false;
  #sending = false;
  /** No call is open, and what is next was not looked at yet. */
  #free = false;

  constructor(load: L, line: Line<L>) {
    this.#line = line;
    this.#parts = [load];
    this.#calls = 1 + 2 * Math.ceil(Math.log2(load.count)) + 2;
  }

  get timeoutMillis(): number {
    return this.#line.timeoutMillis;
  }

  /**
   * Sends what is next, for as long as the exporter answers while it is called. A loop: calls within calls would use up the stack where
   * many parts are refused so.
   */
  start(): void {
    this.#free = true;
    if (this.#sending) return;
    this.#sending = true;
    try {
      while (this.#free) {
        this.#free = false;
        this.#sendNext();
      }
    } finally {
      this.#sending = false;
    }
  }

  #sendNext(): void {
    if (this.#refusal && this.#calls === 0) this.#giveUp(this.#refusal);
    this.#current = this.#ended ? undefined : this.#parts.pop();
    if (!this.#current) {
      this.#call = undefined;
      this.#line.over(this);
      return;
    }
    this.#calls--;
    this.#call = new ExportCall(this);
    this.#call.start();
  }

  /** Ends it now: what is in flight has failed, what is not is dropped. */
  end(why: string): void {
    this.#ended = true;
    this.#call?.fail(why);
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
    if (verdict.outcome === 'delivered') this.#calls = Number.POSITIVE_INFINITY;
    if (verdict.outcome === 'refused') {
      this.#refusal = verdict;
      if (verdict.tooLarge) this.#line.tooLarge(load);
      const halves = this.#ended ? undefined : load.split();
      if (halves) {
        // The smallest parts first: that is the shortest way to something that it takes.
        this.#parts.push(halves[1], halves[0]);
        return;
      }
    }
    this.#line.settled(load, verdict);
    if (open && !this.#ended) this.#line.unanswered();
  }

  freed(): void {
    this.start();
  }

  #giveUp(verdict: Verdict | 'dropped'): void {
    const parts = this.#parts;
    this.#parts = [];
    for (const part of parts) this.#line.settled(part, verdict);
  }
}
