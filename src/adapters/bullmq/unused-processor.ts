import type { Job, Worker } from 'bullmq';
import { SignalboxError, shown } from '../../signal/signalbox-error.js';
import type { BullMQAdapter } from './adapter.js';
import { endsWithoutRun } from './outcome.js';
import type { WatchedWorker } from './worker-events.js';

const FIX = (queue: string): string =>
  `Pass the processor on, as a class does to super(): jobs.worker(handler, (processor) => new Worker(${shown(queue)}, processor, options))`;

/**
 * Throws if the worker was made with the app's own processor and not with the one that `create` got. The worker is closed then: the app never gets
 * it, and it takes jobs already.
 */
export function checkUsed(worker: Worker, processor: unknown): void {
  const held: unknown = (worker as unknown as { readonly processFn?: unknown } | null | undefined)?.processFn;
  if (held !== processor) return;
  closeUnused(worker);
  throw new SignalboxError(
    `worker: the Worker was made with the handler itself, so signalbox would see none of its attempts. ${FIX(worker.name)}.`,
  );
}

/** Closes a worker that the app never gets. */
export function closeUnused(worker: Worker): void {
  void Promise.resolve()
    .then(() => worker.close())
    .catch(() => undefined);
}

/** Reports once if a worker's jobs end without a call of the processor that `create` got. The worker may have another one that calls it. */
export function reportUnused(adapter: BullMQAdapter, watch: WatchedWorker): void {
  const { worker, events } = watch;
  const active = new WeakSet<Job>();
  const made = adapter.here();
  const look = (job: Job | undefined): void => {
    if (!job || !active.has(job) || watch.hasTaken(job) || endsWithoutRun(job, watch.maxStarts)) return;
    adapter.reportThat(
      `unused:${worker.name}`,
      `a worker of queue ${shown(worker.name)} does not run the processor that its maker got: signalbox does not see its attempts. ${FIX(worker.name)}`,
      made,
    );
  };
  events.on('active', (job) => active.add(job));
  events.on('completed', look);
  events.on('failed', look);
}
