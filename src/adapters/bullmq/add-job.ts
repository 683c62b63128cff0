import type { Job, Queue } from 'bullmq';
import type { Observation } from '../common/observed-object.js';
import type { BullMQAdapter, JobOptions } from './adapter.js';
import { hear } from './after-call.js';
import { backendOf, byCommand } from './backend-by-release.js';
import type { Adding } from './begin-enqueue.js';
import { beginAdding, refuse } from './begin-enqueue.js';
import type { AddedJob } from './end-enqueue.js';
import { emitAdded } from './end-enqueue.js';
import { adopting, handsOut } from './handed-out-jobs.js';
import { placeOn } from './queue-place.js';

type BulkJob = Parameters<Queue['addBulk']>[0][number];

const WHAT = 'what became of jobs that were added';

/** Observes the jobs that a queue adds or hands out. The ticks of job schedulers are no enqueues: nobody produces them. */
export function queueObservation(adapter: BullMQAdapter): Observation<Queue> {
  function begin(
    queue: Queue,
    job: () => { readonly name: string; readonly opts?: BulkJob['opts'] | undefined },
  ): Adding | undefined {
    return beginAdding(adapter, () => {
      const { name, opts } = job();
      return {
        place: placeOn(backendOf(queue), queue.name),
        name,
        opts: opts as JobOptions | undefined,
        defaults: queue.defaultJobOptions,
        engineSpans: queue.opts.telemetry !== undefined,
        waitsForChildren: false,
      };
    });
  }

  return {
    add: (call, args, self) => {
      const queue = self as Queue;
      const [name, data, opts, ...more] = args as [string, unknown, JobOptions | undefined, ...unknown[]];
      const adding = begin(queue, () => ({ name, opts }));
      if (!adding) return call(...args);
      return hear<Job>(adapter, () => adding.enqueue.enter(() => call(name, data, adding.opts, ...more)), {
        what: WHAT,
        fulfilled: (job) => {
          adopting(adapter, queue, job);
          return emitAdded(adapter, [{ adding, given: job, read: readerOf(queue) }]);
        },
        rejected: (error) => refuse(adapter, adding, error),
      });
    },
    addBulk: (call, args, self) => {
      const queue = self as Queue;
      const [jobs, ...more] = args as [readonly BulkJob[], ...unknown[]];
      // BullMQ throws if it is no list.
      if (!Array.isArray(jobs)) return call(...args);
      const adding = jobs.map((job) => begin(queue, () => job));
      if (adding.every((one) => one === undefined)) return call(...args);
      const given = jobs.map((job, i) => withOpts(job, adding[i]?.opts));
      return hear<readonly Job[]>(adapter, () => call(given, ...more), {
        what: WHAT,
        fulfilled: (added) => {
          adopting(adapter, queue, added);
          return emitAdded(adapter, pairsOf(queue, adding, added));
        },
        rejected: (error) => {
          for (const one of adding) if (one) refuse(adapter, one, error);
        },
      });
    },
    getJob: handsOut(adapter),
    getJobs: handsOut(adapter),
    upsertJobScheduler: handsOut(adapter),
    removeJobScheduler: (call, args, self) =>
      byCommand(self as Queue, 'removeJobScheduler', args, () => call(...args)),
  };
}

function readerOf(queue: Queue): AddedJob['read'] {
  return (id) => backendOf(queue).getJobData(id);
}

function pairsOf(
  queue: Queue,
  adding: readonly (Adding | undefined)[],
  added: readonly Job[] | undefined,
): AddedJob[] {
  const read = readerOf(queue);
  return adding.flatMap((one, i) => (one ? [{ adding: one, given: added?.[i], read }] : []));
}

function withOpts(job: BulkJob, opts: JobOptions | undefined): BulkJob {
  return opts === undefined ? job : { ...job, opts };
}
