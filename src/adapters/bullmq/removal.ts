import type { Job, JobJson, Queue } from 'bullmq';
import { facade } from '../common/facade.js';
import type { Adapter } from './adapter.js';
import { keyOf } from './adapter.js';
import { firstRunnableAt, infoOf } from './job-facts.js';
import { readMetadata } from './metadata.js';

/** Tells jobs that are taken out of a queue before they have ended. */
export interface Removal {
  readonly remove: Queue['remove'];
  /** A job of the queue that can be removed by itself. */
  observe(job: Job): Job;
  /** A job that is gone, and how it stood before. One that had ended is not told again. */
  tell(id: string, before: JobJson | undefined): void;
  /** Jobs of which the ids are all that is known. */
  tellRemoved(ids: readonly string[]): void;
}

export function createRemoval(
  adapter: Adapter,
  queue: Queue,
  read: (id: string) => Promise<JobJson | undefined>,
): Removal {
  const telemetry = adapter.queue(queue.name);

  // Once it is gone nothing tells whether it had ended before. It is asked in the same turn as the removal, and before it: what the app
  // asks of the queue next keeps its place.
  function look(id: string): Promise<JobJson | undefined> {
    return read(id).catch((error: unknown) => {
      adapter.report('a job that is removed', error);
      return undefined;
    });
  }

  function tell(id: string, before: JobJson | undefined): void {
    if (!before || before.finishedOn !== undefined) return;
    adapter.quietly('a job that was removed', () => {
      adapter.memory.forget(keyOf(queue.qualifiedName, id));
      const { carrier, waitsForChildren } = readMetadata(before.opts.telemetry?.metadata);
      telemetry.abandoned(infoOf({ ...before, id }), {
        reason: 'removed',
        attempts: before.attemptsMade,
        carrier,
        runnableAt: waitsForChildren ? undefined : firstRunnableAt(before),
      });
    });
  }

  return {
    remove: async (id, options) => {
      const before = look(id);
      const removed = await queue.remove(id, options);
      if (removed === 1) tell(id, await before);
      return removed;
    },
    observe: (job) => {
      // What stands in for a queue in the app's tests may give no job.
      if (typeof job !== 'object' || job === null) return job;
      return facade<Job>(job, {
        remove: async (options) => {
          const id = job.id ?? '';
          const before = look(id);
          await job.remove(options);
          tell(id, await before);
        },
      });
    },
    tell,
    tellRemoved: (ids) =>
      void adapter.quietly('jobs that were removed', () => {
        for (const id of ids) telemetry.abandoned({ id }, { reason: 'removed' });
      }),
  };
}
