import type { Mark } from '../delivery/destination.js';
import type { Verdict } from './export-result.js';
import { failure, verdictOf } from './export-result.js';
import type { ExportCallback } from './exporter-like.js';

/** Who sends an export. It keeps what is sent, so that a call which never ends keeps none of it. */
export interface Sender {
  readonly timeoutMillis: number;
  ready(): PromiseLike<void> | undefined;
  /** A mark for one call of the exporter: it ends with the call. */
  mark(): Mark;
  /** Calls the exporter. */
  send(done: ExportCallback, mark: Mark): unknown;
  /** Told once what became of it; `open`: the exporter was called and has not answered. */
  landed(verdict: Verdict, open: boolean): void;
  /** Told once, after `landed`: no call of it is open. */
  freed(): void;
}

/**
 * One call of an exporter. It has one outcome, whatever the exporter does: throw, answer twice, late, or never. An answer that comes when
 * the outcome is there already changes nothing, but says that the call is over.
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
      // What can not be waited for holds up nothing.
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

  // Exporters answer by the callback; one written as an async function, of whatever realm, may reject instead.
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
