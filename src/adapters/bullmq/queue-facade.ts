import type { Job, JobJson, Queue } from 'bullmq';
import { chained } from '../common/chained.js';
import { facade } from '../common/facade.js';
import type { Adapter } from './adapter.js';
import type { Adding } from './adding.js';
import { beginAdding, refuse, settleAdding } from './adding.js';
import { createRemoval } from './removal.js';
import { createReplacing } from './replacing.js';

type BulkJob = Parameters<Queue['addBulk']>[0][number];

/** States of `clean` in which a job has not ended. */
const LIVING: ReadonlySet<unknown> = new Set([
  'wait',
  'waiting',
  'active',
  'paused',
  'prioritized',
  'delayed',
]);

/** Ways to jobs that have not all ended. */
const LISTS = [
  'getJobs',
  'getWaiting',
  'getWaitingChildren',
  'getActive',
  'getDelayed',
  'getPrioritized',
] as const;

/** A queue whose jobs are told as they come and as they are taken away. Schedulers are left alone: their ticks have no producer. */
export function observeQueue<Q extends Queue>(adapter: Adapter, queue: Q): Q {
  const engineSpans = queue.opts.telemetry !== undefined;
  const read = (id: string): Promise<JobJson | undefined> => queue.backend.getJobData(id);
  const removal = createRemoval(adapter, queue, read);
  const replacing = createReplacing(adapter, queue, removal, read);
  const begin = (name: string, opts: BulkJob['opts']): Adding | undefined =>
    beginAdding(adapter, queue.name, {
      name,
      opts,
      defaults: queue.defaultJobOptions,
      engineSpans,
      waitsForChildren: false,
    });

  const add: Queue['add'] = async (name, data, opts) => {
    const adding = begin(name, opts);
    if (!adding) return queue.add(name, data, opts);
    const looking = replacing.look([adding]);
    const before = looking && (await looking);
    let job: Job;
    try {
      job = await adding.enqueue.run(() => queue.add(name, data, adding.opts));
    } catch (error) {
      refuse(adapter, adding, error);
      throw error;
    }
    const accepted = await settleAdding(adapter, adding, job, read);
    if (before) replacing.tell(before, [adding], [{ job, accepted }]);
    return removal.observe(job);
  };

  const addBulk: Queue['addBulk'] = async (jobs) => {
    const adding = jobs.map((job) => begin(job.name, job.opts));
    const looking = replacing.look(adding);
    const before = looking && (await looking);
    let added: Job[];
    try {
      added = await queue.addBulk(jobs.map((job, i) => withOpts(job, adding[i]?.opts)));
    } catch (error) {
      for (const one of adding) if (one) refuse(adapter, one, error);
      throw error;
    }
    const settled = added.map(async (job, i) => {
      const one = adding[i];
      return { job, accepted: one !== undefined && (await settleAdding(adapter, one, job, read)) };
    });
    const outcomes = await Promise.all(settled);
    if (before) replacing.tell(before, adding, outcomes);
    return added.map((job) => removal.observe(job));
  };

  const clean: Queue['clean'] = async (grace, limit, type) => {
    const ids = await queue.clean(grace, limit, type);
    if (LIVING.has(type)) removal.tellRemoved(ids);
    return ids;
  };

  const lists = LISTS.map((name) => {
    const list = async (...args: unknown[]): Promise<(Job | undefined)[]> => {
      const jobs: (Job | undefined)[] = await Reflect.apply(queue[name], queue, args);
      return jobs.map((job) => job && removal.observe(job));
    };
    return [name, list] as const;
  });

  const seen: Q = facade<Q>(queue, {
    add,
    addBulk,
    clean,
    remove: removal.remove,
    getJob: async (id: string) => {
      const job: Job | undefined = await queue.getJob(id);
      return job && removal.observe(job);
    },
    ...Object.fromEntries(lists),
    ...chained(queue, () => seen),
  } as unknown as Partial<Q>);
  return seen;
}

function withOpts(job: BulkJob, opts: BulkJob['opts']): BulkJob {
  return opts === undefined ? job : { ...job, opts };
}
