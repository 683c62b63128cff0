import type { Channel, Counts } from '../delivery/account.js';
import type { QueueSize } from '../delivery/destination.js';
import type { ValueCounts } from '../emission/value.js';

/** The accounts of one destination. */
export interface DestinationStats {
  readonly kind: 'otel' | 'sink' | 'exporters';
  readonly channels: Readonly<Partial<Record<Channel, Counts>>>;
  readonly queue?: QueueSize;
}

/**
 * What became of everything. For each destination and channel, at all times, routed = delivered + handedOver + dropped + failed +
 * queued.
 */
export interface Stats {
  readonly destinations: Readonly<Record<string, DestinationStats>>;
  /** Emits that at least one destination or metric took, and no level silenced. */
  readonly emitted: number;
  /** Emits that no route took. */
  readonly unrouted: number;
  /** Emits below the level of their signal: no record, span event or sink has them. Their metrics are recorded all the same. */
  readonly silenced: number;
  /** Emits that did not get past the door: `closed`, `depth`, `conflict`, `error`. */
  readonly refused: Readonly<Record<string, number>>;
  /** Values that were not what they should be. */
  readonly values: Readonly<ValueCounts>;
}
