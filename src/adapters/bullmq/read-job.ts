import type { JobJson, Worker } from 'bullmq';
import { shown } from '../../signal/problem.js';
import type { BullMQAdapter } from './adapter.js';

/** Reads a job as it is stored. */
export type ReadJob = (id: string) => Promise<JobJson | undefined>;

/** How a worker's jobs are read. Undefined where its BullMQ has no way that is known here, which is reported once. */
export function jobReader(adapter: BullMQAdapter, worker: Worker): ReadJob | undefined {
  const { backend } = worker as { readonly backend?: { readonly getJobData?: unknown } };
  if (typeof backend?.getJobData === 'function') return (id) => worker.backend.getJobData(id);
  adapter.reportThat(
    'versions',
    `the worker of queue ${shown(worker.name)} is of a BullMQ before 6: of a stalled job only its id is told, and what is done to jobs by hand is not. Everything else is as with 6`,
  );
  return undefined;
}
