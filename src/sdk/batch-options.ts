import type { OptionNames } from '../signal/option-checks.js';

/** How a pipeline batches. */
export interface BatchOptions {
  /** Items that wait or are in flight at most. Default 16 384. */
  readonly capacity?: number;
  /** Bytes that wait or are in flight at most, as the items are estimated. Default 64 MiB. */
  readonly capacityBytes?: number;
  /**
   * Items in one export at most. Default 512. Fewer for an exporter that takes longer than 5 ms to encode so many: nothing else of the
   * process runs meanwhile.
   */
  readonly size?: number;
  /**
   * Bytes in one export at most, as the items are estimated; a larger item goes alone. Default 3 MiB, since gRPC endpoints take 4 MiB unless
   * told otherwise. Less where an endpoint says that it is too much.
   */
  readonly sizeBytes?: number;
  /** Milliseconds that an item waits for company. Default 1000. */
  readonly delayMillis?: number;
  /** Milliseconds that one export may take; its outcome is then unknown and counts as failed. Default 10 000. */
  readonly timeoutMillis?: number;
  /** Calls of the exporter that are open at once, those included that have not answered in their time. Default 1. */
  readonly inFlight?: number;
  /**
   * What goes where a record or span finds no room: `'dropNewest'`, itself, counted `queue_full` or `queue_bytes`; `'dropOldest'`, those
   * that have waited longest, counted `displaced`, so that it fits. Default `'dropNewest'`.
   */
  readonly whenFull?: 'dropNewest' | 'dropOldest';
}

/** Below the 4 MiB that gRPC endpoints take: what text takes on the wire is an estimate. */
export const defaultSizeBytes: number = 3 * 1024 * 1024;

export const BATCH_OPTIONS: OptionNames<BatchOptions> = {
  capacity: true,
  capacityBytes: true,
  size: true,
  sizeBytes: true,
  delayMillis: true,
  timeoutMillis: true,
  inFlight: true,
  whenFull: true,
};
