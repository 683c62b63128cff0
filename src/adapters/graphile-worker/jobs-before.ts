import type { AskJobs } from './database.js';
import { momentOf } from './moment.js';
import { runnableFrom } from './runnable.js';

/** A job as it was before somebody changed it by hand. The engine's functions return the rows as they are afterwards, and without the task's name. */
export interface JobBefore {
  readonly id: string;
  readonly task: string;
  readonly attempts: number;
  readonly maxAttempts: number;
  readonly priority: number | undefined;
  /** Epoch milliseconds by our clock: when a job that never ran could have run. */
  readonly runnableAt: number | undefined;
  /** Epoch milliseconds by the database's clock: from when a job that may have run could run next. */
  readonly nextAt: number | undefined;
  readonly runAt: number | undefined;
}

const COLUMNS = `id, task_identifier, attempts, max_attempts, priority, run_at, created_at, updated_at, now() as now`;

/** Jobs by their ids. */
export function jobsById(ask: AskJobs, ids: readonly unknown[], now: () => number): Promise<JobBefore[]> {
  return look(ask, 'id = any($1::bigint[])', ids, now);
}

/** Jobs that some workers hold. */
export function jobsHeldBy(
  ask: AskJobs,
  workers: readonly unknown[],
  now: () => number,
): Promise<JobBefore[]> {
  return look(ask, 'locked_by = any($1::text[])', workers, now);
}

async function look(
  ask: AskJobs,
  condition: string,
  values: readonly unknown[],
  now: () => number,
): Promise<JobBefore[]> {
  const rows = await ask((view) => `select ${COLUMNS} from ${view} where ${condition}`, [values]);
  return rows.map((row) => {
    const attempts = Number(row.attempts);
    const [nextAt, databaseNow] = [runnableFrom(row), momentOf(row.now)];
    const known = attempts === 0 && nextAt !== undefined && databaseNow !== undefined;
    return {
      id: String(row.id),
      task: String(row.task_identifier),
      attempts,
      maxAttempts: Number(row.max_attempts),
      priority: typeof row.priority === 'number' ? row.priority : undefined,
      runnableAt: known ? nextAt + (now() - databaseNow) : undefined,
      nextAt,
      runAt: momentOf(row.run_at),
    };
  });
}

/** Whether nobody will run the job again. */
export function hasEnded(job: { readonly attempts: number; readonly maxAttempts: number }): boolean {
  return job.attempts >= job.maxAttempts;
}
