import type { AddJobFunction, AddJobsFunction, DbJob, WorkerUtils } from 'graphile-worker';
import type { Carrier } from '../../jobs/index.js';
import { SignalboxError, shown } from '../../signal/problem.js';
import { facade } from '../common/facade.js';
import type { Adapter } from './adapter.js';
import { observeAddJob, observeAddJobs } from './adding.js';
import type { JobBefore } from './before.js';
import { hasEnded, jobsById, jobsHeldBy } from './before.js';
import { jobsOf } from './database.js';
import { takeNote } from './payload.js';

/** What adds jobs: the utils, or a runner. */
export interface AddsJobs {
  addJob: AddJobFunction;
  addJobs?: AddJobsFunction;
}

type Change = (before: JobBefore, after: DbJob, carrier: Carrier | undefined) => void;

/** The same object; what it adds, and what it changes by hand, is told. */
export function observeUtils<T extends AddsJobs>(adapter: Adapter, target: T): T {
  if (typeof target?.addJob !== 'function')
    throw new SignalboxError(`utils: received ${shown(target)}. Give what makeWorkerUtils or run returned.`);
  if (adapter.observed.has(target)) return target;
  const replaced: Partial<AddsJobs> = { addJob: observeAddJob(adapter, (...a) => target.addJob(...a)) };
  const { addJobs } = target;
  if (typeof addJobs === 'function')
    replaced.addJobs = observeAddJobs(adapter, (...a) => addJobs.call(target, ...a));
  const all = isUtils(target) ? { ...replaced, ...changes(adapter, target) } : replaced;
  const observed = facade(target, all as Partial<T>);
  adapter.observed.add(observed);
  return observed;
}

function isUtils(target: AddsJobs): target is AddsJobs & WorkerUtils {
  return (
    typeof (target as Partial<WorkerUtils>).withPgClient === 'function' &&
    typeof (target as Partial<WorkerUtils>).completeJobs === 'function'
  );
}

function changes(adapter: Adapter, utils: WorkerUtils): Partial<WorkerUtils> {
  const ask = jobsOf(utils, adapter.schema);
  const now = (): number => adapter.queue(adapter.schema).now();
  const { told } = adapter;

  const look = async (what: string, find: () => Promise<JobBefore[]>): Promise<JobBefore[]> => {
    try {
      return await find();
    } catch (error) {
      adapter.report(what, error);
      return [];
    }
  };

  async function find(ids: string[]): Promise<JobBefore[]> {
    const ended = new Set(ids.map(String).filter((id) => told.ended(id)));
    const jobs = await jobsById(ask, ids, now);
    // Dead before it was asked for, and alive in the answer: another process, or SQL, has brought it back, and it ends anew.
    for (const job of jobs) if (ended.has(job.id) && !hasEnded(job)) told.revived(job.id, job.maxAttempts);
    return jobs;
  }

  async function changed(
    what: string,
    ids: string[],
    call: () => Promise<DbJob[]>,
    tell: Change,
  ): Promise<DbJob[]> {
    const before = new Map((await look(what, () => find(ids))).map((job) => [job.id, job] as const));
    const rows = await call();
    for (const row of rows)
      adapter.quietly(what, () => {
        const { carrier } = takeNote(row);
        const job = before.get(String(row.id));
        if (job) tell(job, row, carrier);
      });
    return rows;
  }

  function abandon(
    job: JobBefore,
    reason: 'removed' | 'cancelled' | 'stalled',
    carrier: Carrier | undefined,
  ): void {
    if (!told.end(job.id)) return;
    const { attempts, runnableAt } = job;
    adapter.queue(job.task).abandoned(infoOf(job), { reason, attempts, runnableAt, carrier });
  }

  return {
    // "Completed" means deleted: no attempt did the work. One that had ended was told then.
    completeJobs: (ids) =>
      changed(
        'completeJobs',
        ids,
        () => utils.completeJobs(ids),
        (job, _, carrier) => {
          if (!hasEnded(job)) abandon(job, 'removed', carrier);
        },
      ),
    permanentlyFailJobs: (ids, reason) =>
      changed(
        'permanentlyFailJobs',
        ids,
        () => utils.permanentlyFailJobs(ids, reason),
        (job, _, carrier) => {
          if (!hasEnded(job)) abandon(job, 'cancelled', carrier);
        },
      ),
    rescheduleJobs: (ids, options) =>
      changed(
        'rescheduleJobs',
        ids,
        () => utils.rescheduleJobs(ids, options),
        (job, row, carrier) => {
          const ends = hasEnded({ attempts: row.attempts, maxAttempts: row.max_attempts });
          if (!hasEnded(job) && ends) abandon(job, 'cancelled', carrier);
          if (!hasEnded(job) || ends) return;
          told.revived(job.id, job.attempts);
          adapter.queue(job.task).revived(infoOf(job), { attempts: job.attempts, carrier });
        },
      ),
    forceUnlockWorkers: async (workers) => {
      const held = await look('forceUnlockWorkers', () => jobsHeldBy(ask, workers, now));
      await utils.forceUnlockWorkers(workers);
      for (const job of held)
        adapter.quietly('forceUnlockWorkers', () => {
          const carrier = adapter.carriers.get(job.id);
          if (told.stall(job.id, job.attempts))
            adapter.queue(job.task).stalled(infoOf(job), { attempt: job.attempts, carrier });
          if (hasEnded(job)) abandon(job, 'stalled', carrier);
        });
    },
  };
}

function infoOf(job: JobBefore): { id: string; priority: number | undefined; maxAttempts: number } {
  return { id: job.id, priority: job.priority, maxAttempts: job.maxAttempts };
}
