import { owned } from '../emission/text.js';

/** The ways that a destination receives things. */
export type Channel = 'logs' | 'spans' | 'spanEvents' | 'metrics' | 'sink';

/** What became of one thing: delivered; or a sink threw, rejected, or did not answer in time; or it was dropped, for a reason. */
export type Outcome = 'delivered' | 'failed' | { readonly dropped: string };

/** What became of everything routed to one channel of one destination. */
export interface Counts {
  readonly routed: number;
  /** The exporter or sink reported success. */
  readonly delivered: number;
  /** Given to the app's own SDK: what becomes of it there is not ours to see. */
  readonly handedOver: number;
  readonly dropped: Readonly<Record<string, number>>;
  /** It threw, rejected, or did not answer in time (then the outcome is unknown). */
  readonly failed: number;
  /** Waiting or in flight. */
  readonly queued: number;
}

/** The account of one channel: at all times routed = delivered + handedOver + dropped + failed + queued. */
export class Account {
  /**
   * What was routed. The port that is handed something counts it, and nobody else: by `arrived++` where there may be no stack left, which
   * is no call and can not fail.
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
    // A sink of the user's names its reasons itself: they are bounded here so that memory and labels stay so.
    const known = this.#dropped.get(reason);
    const key = known !== undefined ? reason : this.#dropped.size < 64 ? owned(reason) : '_OTHER';
    this.#dropped.set(key, (this.#dropped.get(key) ?? 0) + n);
  }
  count(outcome: Outcome): void {
    if (outcome === 'delivered') this.#delivered++;
    else if (outcome === 'failed') this.#failed++;
    else this.dropped(outcome.dropped);
  }
  /** `queued` is what the entries above leave over, so nothing can be forgotten. */
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
