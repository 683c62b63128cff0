import { owned } from '../emission/text.js';

/** The channels on which a destination receives telemetry. */
export type Channel = 'logs' | 'spans' | 'spanEvents' | 'metrics' | 'sink';

/** The outcome of one item: delivered; failed (the sink threw, rejected, or did not answer in time); or dropped for a reason. */
export type Outcome = 'delivered' | 'failed' | { readonly dropped: string };

/** The counts of one channel of one destination. */
export interface Counts {
  readonly routed: number;
  /** The exporter or sink reported success. */
  readonly delivered: number;
  /** Handed to the app's own SDK. The box can not see its further outcome. */
  readonly handedOver: number;
  readonly dropped: Readonly<Record<string, number>>;
  /** The exporter or sink threw, rejected, or did not answer in time (then the outcome is unknown). */
  readonly failed: number;
  /** Waiting or in flight. */
  readonly queued: number;
}

/** The account of one channel: at all times routed = delivered + handedOver + dropped + failed + queued. */
export class Account {
  /**
   * The count `routed`. Only the port that receives an item counts it. Where the stack may be exhausted it uses `arrived++`, which is not a call
   * and can not fail.
   */
  arrived = 0;
  #delivered = 0;
  #handedOver = 0;
  #failed = 0;
  readonly #dropped = new Map<string, number>();

  routed(n = 1): void {
    this.arrived += n;
  }
  delivered(n = 1): void {
    this.#delivered += n;
  }
  handedOver(n = 1): void {
    this.#handedOver += n;
  }
  failed(n = 1): void {
    this.#failed += n;
  }
  dropped(reason: string, n = 1): void {
    // The app's sinks choose their own reasons. The bound keeps memory and metric labels bounded.
    const known = this.#dropped.get(reason);
    const key = known !== undefined ? reason : this.#dropped.size < 64 ? owned(reason) : '_OTHER';
    this.#dropped.set(key, (this.#dropped.get(key) ?? 0) + n);
  }
  count(outcome: Outcome): void {
    if (outcome === 'delivered') this.#delivered++;
    else if (outcome === 'failed') this.#failed++;
    else this.dropped(outcome.dropped);
  }
  /** `queued` is computed as the remainder, so that no item can be missing. */
  counts(): Counts {
    let dropped = 0;
    for (const n of this.#dropped.values()) dropped += n;
    return {
      routed: this.arrived,
      delivered: this.#delivered,
      handedOver: this.#handedOver,
      dropped: Object.fromEntries(this.#dropped),
      failed: this.#failed,
      queued: this.arrived - this.#delivered - this.#handedOver - this.#failed - dropped,
    };
  }
}
