import type { OptionNames } from '../signal/option-checks.js';

/** How a pipeline batches. */
export interface BatchOptions {
  /** Maximum number of items that wait or are in flight. Default 16 384. */
  readonly capacity?: number;
  /** Maximum estimated bytes of the items that wait or are in flight. Default 64 MiB. */
  readonly capacityBytes?: number;
  /**
   * Maximum number of items in one export. Default 512. The pipeline gives fewer to an exporter that takes longer than 5 ms to encode
   * so many, because nothing else in the process runs meanwhile.
   */
  readonly size?: number;
  /**
   * Maximum estimated bytes in one export. A larger item goes alone. Default 3 MiB, since gRPC endpoints take 4 MiB by default. The
   * pipeline lowers it if the endpoint answers that an export is too large.
   */
  readonly sizeBytes?: number;
  /** Milliseconds that an item waits for others to join its export. Default 1000. */
  readonly delayMillis?: number;
  /** Milliseconds that one export may take. After that its outcome is unknown and counts as failed. Default 10 000. */
  readonly timeoutMillis?: number;
  /** Maximum number of open calls of the exporter, including those that did not answer in time. Default 1. */
  readonly inFlight?: number;
  /**
   * Which item a full queue drops. `'dropNewest'`: the item that arrives, counted `queue_full` or `queue_bytes`. `'dropOldest'`: the
   * items that have waited longest, counted `displaced`, until the new one fits. Items in flight stay: if they fill the queue, the item that
   * arrives is dropped, so give a `capacity` above `size` × `inFlight`. Default `'dropNewest'`.
   */
  readonly whenFull?: 'dropNewest' | 'dropOldest';
}

/** Below the 4 MiB that gRPC endpoints take, because the size of texts on the wire is only an estimate. */
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
