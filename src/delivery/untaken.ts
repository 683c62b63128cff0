import type { QueueRefusal } from './bounded-queue.js';

interface Bounds {
  readonly capacity: number;
  readonly capacityBytes: number;
}

/** Why a sink's queue did not take an emission. */
export type Untaken = 'closed' | QueueRefusal | 'unqueued';

/** The sentence to report for each reason. */
export const untaken: Readonly<Record<Untaken, (bounds: Bounds) => string>> = {
  closed: () => 'it is shut down already; the box drops emissions and counts them as closed',
  queue_full: ({ capacity }) =>
    `its queue of ${capacity} is full; the box drops emissions and counts them as queue_full`,
  queue_bytes: ({ capacityBytes }) =>
    `its queue of ${capacityBytes} bytes is full; the box drops emissions and counts them as queue_bytes`,
  unqueued: () => 'an emission could not be queued; the box counts it as failed',
};
