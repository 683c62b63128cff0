import type { DbJob, WorkerUtils } from 'graphile-worker';
import type { Carrier } from '../../jobs/index.js';
import { beside } from '../../jobs/watch-promise.js';
import type { Around } from '../common/function-proxy.js';
import type { Observation } from '../common/observed-object.js';
import type { GraphileAdapter } from './adapter.js';
import { jobsOf } from './database.js';
import { carriersOf } from './find-carriers.js';
import { takeNote } from './job-carrier.js';
import type { JobBefore } from './jobs-before.js';
import { hasEnded, jobsById, jobsHeldBy } from './jobs-before.js';
import { laterOf, momentOf } from './moment.js';
import { whileEnabled } from './while-enabled.js';

type Change = (before: JobBefore, after: DbJob, carrier: Carrier | undefined) => void;
type ByHand = 'completeJobs' | 'permanentlyFailJobs' | 'rescheduleJobs' | 'forceUnlockWorkers';

/**
 * Observes the commands that change jobs by hand. Each reads the jobs first and waits for the answer: afterwards nobody can say what they were, and a
 * pool keeps no order between the two.
 */
export function aroundChanges(
  adapter: GraphileAdapter,
  utils: WorkerUtils,
): Observation<Pick<WorkerUtils, ByHand>> {
  const { home } = adapter;
  const { emitted } = home;
  const ask = jobsOf(utils, home.name);
  const carriersOfJobs = carriersOf(adapter, home, utils);
  const now = (): number => home.queue(home.name).now();

  const look = async (what: string, find: () => Promise<JobBefore[]>): Promise<JobBefore[]> => {
    try {
      return await find();
    } catch (error) {
      adapter.report(what, error);
      return [];
    }
  };

  async function find(ids: readonly unknown[]): Promise<JobBefore[]> {
    const ended = new Set(ids.map(String).filter((id) => emitted.ended(id)));
    const jobs = await jobsById(ask, ids, now);
    // The job was dead before the question, and lives in the answer: another process, or SQL, has brought it back, and it may end again.
    for (const job of jobs) {
      if (!ended.has(job.id) || hasEnded(job)) continue;
      emitted.revived(job.id, job.maxAttempts);
      home.queue(job.task).alive({ id: job.id });
    }
    return jobs;
  }

  function changing(what: ByHand, emit: Change): Around {
    const emitting: Around = async (call, args) => {
      const [ids] = args as [readonly unknown[]];
      const before = new Map((await look(what, () => find(ids))).map((job) => [job.id, job] as const));
      const rows = await call(...args);
      for (const row of rowsOf(rows))
        adapter.quietly(what, () => {
          const { carrier } = takeNote(row);
          const job = before.get(String(row.id));
          if (job) emit(job, row, carrier);
        });
      return rows;
    };
    // Even if the box is disabled, remove the notes that other processes put into what the app gets.
    return whileEnabled(adapter, emitting, (call, args) => {
      const result = call(...args);
      beside(
        result,
        (rows) => adapter.quietly(what, () => rowsOf(rows).forEach(takeNote)),
        () => undefined,
      );
      return result;
    });
  }

  function abandon(
    job: JobBefore,
    reason: 'removed' | 'cancelled' | 'stalled',
    carrier: Carrier | undefined,
  ): void {
    if (!emitted.end(job.id)) return;
    const { attempts, runnableAt } = job;
    home.queue(job.task).abandoned(infoOf(job), { reason, attempts, runnableAt, carrier });
  }

  return {
    // The engine calls a deleted job completed, though no attempt did the work. If the job had ended before, its end was emitted then.
    completeJobs: changing('completeJobs', (job, _, carrier) => {
      if (!hasEnded(job)) abandon(job, 'removed', carrier);
    }),
    permanentlyFailJobs: changing('permanentlyFailJobs', (job, _, carrier) => {
      if (!hasEnded(job)) abandon(job, 'cancelled', carrier);
    }),
    rescheduleJobs: changing('rescheduleJobs', (job, row, carrier) => {
      const ends = hasEnded({ attempts: row.attempts, maxAttempts: row.max_attempts });
      if (!hasEnded(job) && ends) abandon(job, 'cancelled', carrier);
      if (ends) return;
      const [updatedAt, runAt] = [momentOf(row.updated_at), momentOf(row.run_at)];
      const isMoved = hasEnded(job) || runAt !== job.runAt;
      const runnableAt = isMoved ? laterOf(updatedAt, runAt) : job.nextAt;
      if (updatedAt !== undefined && runnableAt !== undefined)
        home.moved.keep(job.id, { updatedAt, runnableAt });
      if (!hasEnded(job)) return;
      emitted.revived(job.id, job.attempts);
      home.firstRunnable.forget(job.id);
      home.queue(job.task).revived(infoOf(job), { attempts: job.attempts, carrier });
    }),
    forceUnlockWorkers: whileEnabled(adapter, async (call, args) => {
      const [workers] = args as [readonly unknown[]];
      const held = await look('forceUnlockWorkers', () => jobsHeldBy(ask, workers, now));
      const carriers = await carriersOfJobs(held.map(({ id }) => id));
      const result = await call(...args);
      for (const job of held)
        adapter.quietly('forceUnlockWorkers', () => {
          const carrier = carriers.get(job.id);
          if (emitted.stall(job.id, job.attempts))
            home.queue(job.task).stalled(infoOf(job), { attempt: job.attempts, carrier });
          // A job that runs here emits its end itself: the engine writes the end, whether the job is locked or not.
          if (hasEnded(job) && !home.running.has(job.id)) abandon(job, 'stalled', carrier);
        });
      return result;
    }),
  };
}

// A test double may return anything.
function rowsOf(rows: unknown): readonly DbJob[] {
  return Array.isArray(rows) ? (rows as DbJob[]) : [];
}

function infoOf(job: JobBefore): { id: string; priority: number | undefined; maxAttempts: number } {
  return { id: job.id, priority: job.priority, maxAttempts: job.maxAttempts };
}
