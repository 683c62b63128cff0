import type { Field } from '../signal/field.js';
import { duration, id, int, optional, string } from '../signal/field.js';
import type { Signal } from '../signal/signal.js';
import { defineSignal } from '../signal/signal.js';
import type { QueueValues } from './job-fields.js';
import * as f from './job-fields.js';
import { ATTR } from './semconv.js';

interface WorkerValues extends QueueValues {
  worker_id: string;
}

const worker: Field<string, 'id'> = id({ attribute: ATTR.worker });

/** A worker runs. */
export const WORKER_STARTED: Signal<WorkerValues> = defineSignal('WORKER_STARTED', {
  message: 'Worker started',
  fields: { worker_id: worker, queue: f.queue, namespace: f.namespace },
});

/** A worker has drained. */
export const WORKER_STOPPED: Signal<
  WorkerValues & { jobs: number; busy: number; reason?: string | undefined }
> = defineSignal('WORKER_STOPPED', {
  message: 'Worker stopped',
  fields: {
    worker_id: worker,
    jobs: int({ attribute: ATTR.workerJobs }),
    busy: duration({ attribute: ATTR.workerBusy }),
    reason: optional(string({ attribute: ATTR.workerStopReason })),
    queue: f.queue,
    namespace: f.namespace,
  },
});

/** A worker's first running attempt. `idle` is how long it had none. */
export const WORKER_BUSY: Signal<WorkerValues & { idle?: number | undefined }> = defineSignal('WORKER_BUSY', {
  message: 'Worker busy',
  severity: 'debug',
  fields: {
    worker_id: worker,
    idle: optional(duration({ attribute: ATTR.workerStateDuration })),
    queue: f.queue,
    namespace: f.namespace,
  },
});

/** A worker has nothing to do. `busy` is how long it had. */
export const WORKER_IDLE: Signal<WorkerValues & { busy?: number | undefined }> = defineSignal('WORKER_IDLE', {
  message: 'Worker idle',
  severity: 'debug',
  fields: {
    worker_id: worker,
    busy: optional(duration({ attribute: ATTR.workerStateDuration })),
    queue: f.queue,
    namespace: f.namespace,
  },
});
