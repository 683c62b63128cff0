import type { QueueRefusal } from './bounded-queue.js';

interface Bounds {
  readonly capacity: number;
  readonly capacityBytes: number;
}

/** Why a sink's queue did not take an emission. */
export type Untaken = 'closed' | QueueRefusal | 'unqueued';

/** What is told of that. */
export const untaken: Readonly<Record<Untaken, (bounds: Bounds) => string>> = {
  closed: () => 'it is shut down already; emissions are dropped and counted as closed',
  queue_full: ({ capacity }) =>
    `its queue of ${capacity} is full; emissions are dropped and counted as queue_full`,
  queue_bytes: ({ capacityBytes }) =>
    `its queue of ${capacityBytes} bytes is full; emissions are dropped and counted as queue_bytes`,
  unqueued: () => 'an emission could not be queued, and is counted as failed',
};
