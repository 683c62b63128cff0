import type { Receipt } from '../delivery/receipt.js';
import type { DurableOutcome } from './durable-outcome.js';
import type { EmitOutcome } from './emit-counts.js';

/** Replaces `settle` after the deadline, so that a sink that still holds the receipt does not keep the waiting caller alive. */
const late = (): void => {};

/** The outcomes that one `emitDurably` waits for: one for each durable destination that the routes select. */
export class Receipts {
  /** The outcome of the emit itself. */
  emit: EmitOutcome | 'closed' | 'disabled' = 'error';
  readonly #by: string[] = [];
  readonly #missing = new Map<string, string>();
  readonly #open = new Map<string, Receipt>();
  #done: (() => void) | undefined;

  /** The receipt for a destination. */
  of(destination: string): Receipt {
    const receipt: Receipt = {
      settle: (outcome) => {
        // Stored first: a later call may exhaust the stack, and a receipt that is still open counts as missing.
        if (outcome === 'delivered') this.#by.push(destination);
        else this.#missing.set(destination, outcome === 'failed' ? outcome : outcome.dropped);
        this.#open.delete(destination);
        if (this.#open.size === 0) this.#done?.();
      },
    };
    this.#open.set(destination, receipt);
    return receipt;
  }

  /** Resolves when each receipt has its outcome. */
  settled(): Promise<void> {
    return new Promise((done) => {
      this.#done = done;
      if (this.#open.size === 0) done();
    });
  }

  /** Ends the waiting and returns the outcome. */
  close(): DurableOutcome {
    for (const { withdraw } of this.#open.values()) withdraw?.();
    const missing = new Map(this.#missing);
    const by = [...this.#by];
    for (const [destination, receipt] of this.#open) {
      missing.set(destination, 'deadline');
      receipt.settle = late;
    }
    if (this.emit !== 'emitted' && this.emit !== 'unrouted') missing.set('*', this.emit);
    else if (by.length + missing.size === 0) missing.set('*', 'no_durable_destination');
    return { durable: missing.size === 0, by, missing: Object.fromEntries(missing) };
  }
}
