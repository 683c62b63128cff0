import type { Mark } from '../delivery/destination.js';
import type { Verdict } from './export-result.js';
import { failure, verdictOf } from './export-result.js';
import type { ExportCallback } from './exporter-like.js';

/** Sends an export. The sender holds the load, not the call: a call that never ends keeps none of it in memory. */
export interface Sender {
  readonly timeoutMillis: number;
  ready(): PromiseLike<void> | undefined;
  /** Makes a mark for one call of the exporter. The mark ends with the call. */
  mark(): Mark;
  /** Calls the exporter. */
  send(done: ExportCallback, mark: Mark): unknown;
  /** Called once, with the outcome. `open`: the exporter was called and has not answered. */
  landed(verdict: Verdict, open: boolean): void;
  /** Called once, after `landed`, as soon as no call is open. */
  freed(): void;
}

/**
 * One call of an exporter. It has exactly one outcome, even if the exporter throws, or answers twice, late or never. A later answer
 * does not change the outcome, it only ends the call.
 */
export class ExportCall {
  readonly #sender: Sender;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #mark: Mark | undefined;
  #open = false;
  #over = false;
  #freed = false;

  constructor(sender: Sender) {
    this.#sender = sender;
  }

  start(): void {
    const { timeoutMillis } = this.#sender;
    this.#timer = setTimeout(() => this.fail(`no answer within ${timeoutMillis} ms`), timeoutMillis);
    (this.#timer as { unref?(): void }).unref?.();
    try {
      const waiting = this.#sender.ready();
      if (waiting) {
        const send = (): void => this.#send();
        waiting.then(send, send);
        return;
      }
    } catch {
      // If the wait itself fails, it delays nothing.
    }
    this.#send();
  }

  fail(why: string): void {
    this.#land({ outcome: 'failed', error: new Error(why) });
  }

  #send(): void {
    if (this.#over || this.#open) return;
    this.#open = true;
    try {
      this.#mark = this.#sender.mark();
      const returned = this.#sender.send((result) => this.#answered(verdictOf(result)), this.#mark);
      this.#follow(returned);
    } catch (error) {
      this.#answered(failure(error ?? new Error('the exporter threw')));
    }
  }

  // Exporters answer by the callback. One written as an async function may reject instead, and its promise may be of another realm.
  #follow(returned: unknown): void {
    if (typeof returned !== 'object' || returned === null) return;
    const { then } = returned as { then?: unknown };
    if (typeof then !== 'function') return;
    then.call(returned, undefined, (error: unknown) =>
      this.#answered(failure(error ?? new Error('the exporter rejected'))),
    );
  }

  #answered(verdict: Verdict): void {
    this.#open = false;
    this.#land(verdict);
    this.#free();
  }

  #land(verdict: Verdict): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#mark) this.#mark.alive = false;
    clearTimeout(this.#timer);
    this.#sender.landed(verdict, this.#open);
    if (!this.#open) this.#free();
  }

  #free(): void {
    if (this.#freed) return;
    this.#freed = true;
    this.#sender.freed();
  }
}
