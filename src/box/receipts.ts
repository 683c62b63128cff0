import type { Receipt } from '../delivery/receipt.js';
import type { DurableOutcome } from './durable-outcome.js';
import type { EmitOutcome } from './emit-counts.js';

/** Of an emission that nobody waits for any more: whatever keeps its receipt keeps nothing of who waited. */
const late = (): void => {};

/** What one emit is waited for: an outcome of each durable destination that routes select. */
export class Receipts {
  /** What became of the emit itself. */
  emit: EmitOutcome | 'closed' | 'disabled' = 'error';
  readonly #by: string[] = [];
  readonly #missing = new Map<string, string>();
  readonly #open = new Map<string, Receipt>();
  #done: (() => void) | undefined;

  /** The one for a destination. */
  of(destination: string): Receipt {
    const receipt: Receipt = {
      settle: (outcome) => {
        // Kept first: near the end of the stack a call may throw, and what is still open is said to be missing.
        if (outcome === 'delivered') this.#by.push(destination);
        else this.#missing.set(destination, outcome === 'failed' ? outcome : outcome.dropped);
        this.#open.delete(destination);
        if (this.#open.size === 0) this.#done?.();
      },
    };
    this.#open.set(destination, receipt);
    return receipt;
  }

  /** Settles when each has its outcome. */
  settled(): Promise<void> {
    return new Promise((done) => {
      this.#done = done;
      if (this.#open.size === 0) done();
    });
  }

  /** What is to be said of it when nobody waits any longer. */
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
