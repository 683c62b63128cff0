import type { Mark } from '../delivery/destination.js';
import { ExportCall } from './export-call.js';
import type { Verdict } from './export-result.js';
import type { ExportCallback } from './exporter-like.js';

/** The content of one export. */
export interface Load<L> {
  /** Number of items. */
  readonly count: number;
  /** Splits the load in two. Undefined for a single item. */
  split(): readonly [L, L] | undefined;
}

/** Where a consignment goes. The line makes the calls and counts the outcomes. */
export interface Line<L extends Load<L>> {
  readonly timeoutMillis: number;
  ready(): PromiseLike<void> | undefined;
  /** Gives the exporter a load, as new lists that the exporter may change. */
  send(load: L, done: ExportCallback, mark: Mark): unknown;
  /** Makes a mark for one call of the exporter with a load. */
  mark(load: L | undefined): Mark;
  /** Called once for each part. `dropped`: the part was not sent. */
  settled(load: L, verdict: Verdict | 'dropped'): void;
  /** Called if a load is larger than the endpoint takes. */
  tooLarge(load: L): void;
  /** Called if the exporter was called and did not answer in time. */
  unanswered(): void;
  /** Called when nothing of the consignment is left and no call is open. */
  over(consignment: Consignment<L>): void;
}

/**
 * Sends a load, one call of the exporter at a time. If the endpoint refuses a load for good, the consignment sends it again in
 * halves, so that only the refused items are lost. One bad item of n costs at most 2·log2(n) further calls; any number of bad items
 * costs fewer than 2·n. If the endpoint takes nothing at all, the consignment stops after 2·log2(n) + 2 further calls, and refuses
 * the rest as well.
 */
export class Consignment<L extends Load<L>> {
  readonly #line: Line<L>;
  /** Parts that are still to be sent. The next one is the last of the list. */
  #parts: L[];
  #current: L | undefined;
  #call: ExportCall | undefined;
  #refusal: Verdict | undefined;
  /** Number of calls that may still be made. Unlimited once the endpoint took a part. */
  #calls: number;
  #ended = false;
  #sending = false;
  /** No call is open, and the next part has not been looked at. */
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
   * Sends the next part, and goes on as long as the exporter answers within its call. It is a loop because recursion would overflow
   * the stack if many parts are refused that way.
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

  /** Ends the consignment now: the load in flight has failed, the other parts are dropped. */
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
        // The smallest parts first: this is the shortest way to a part that the endpoint takes.
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
