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
 * The accounts of a box. For each destination and channel, at all times, routed = delivered + handedOver + dropped + failed + queued.
 */
export interface Stats {
  readonly destinations: Readonly<Record<string, DestinationStats>>;
  /** Emits that at least one destination or metric took, and no level silenced. */
  readonly emitted: number;
  /** Emits that no route took. */
  readonly unrouted: number;
  /** Emits below the level of their signal: they make no record, span event or emission. Their metrics are still recorded. */
  readonly silenced: number;
  /** Refused emits by reason: `closed`, `depth`, `conflict`, `error`. */
  readonly refused: Readonly<Record<string, number>>;
  /** Values that the box dropped, replaced or cut, by reason. */
  readonly values: Readonly<ValueCounts>;
}
