import type { Job, Worker } from 'bullmq';
import { SignalboxError, shown } from '../../signal/signalbox-error.js';
import type { BullMQAdapter } from './adapter.js';
import { endsWithoutRun } from './outcome.js';
import type { WatchedWorker } from './worker-events.js';

const FIX = (queue: string): string =>
  `Give the processor on, as a class does to super(): jobs.worker(handler, (processor) => new Worker(${shown(queue)}, processor, options))`;

/**
 * Throws where the worker was made with the app's own processor in place of the one that its maker was given, which is known at once.
 * The worker is closed then: nobody else has it, and it takes jobs already.
 */
export function checkUsed(worker: Worker, processor: unknown): void {
  const held: unknown = (worker as unknown as { readonly processFn?: unknown } | null | undefined)?.processFn;
  if (held !== processor) return;
  closeUnused(worker);
  throw new SignalboxError(
    `worker: the Worker was made with the handler itself, so that none of its attempts would be seen. ${FIX(worker.name)}.`,
  );
}

/** Of a worker that the app never gets. */
export function closeUnused(worker: Worker): void {
  void Promise.resolve()
    .then(() => worker.close())
    .catch(() => undefined);
}

/** Reports once a worker whose jobs end without a call of the processor that its maker was given. One that wraps it is as good as it. */
export function reportUnused(adapter: BullMQAdapter, watch: WatchedWorker): void {
  const { worker, events } = watch;
  const active = new WeakSet<Job>();
  const made = adapter.here();
  const look = (job: Job | undefined): void => {
    if (!job || !active.has(job) || watch.hasTaken(job) || endsWithoutRun(job, watch.maxStarts)) return;
    adapter.reportThat(
      `unused:${worker.name}`,
      `a worker of queue ${shown(worker.name)} does not run the processor that its maker was given: its attempts are not seen. ${FIX(worker.name)}`,
      made,
    );
  };
  events.on('active', (job) => active.add(job));
  events.on('completed', look);
  events.on('failed', look);
}
