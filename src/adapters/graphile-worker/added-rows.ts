import type { Job } from 'graphile-worker';
import type { Enqueue } from '../../jobs/index.js';
import { takeNote } from './job-carrier.js';

/** One of many jobs that a call adds, with what tells its row from others. */
export interface Pending {
  readonly enqueue: Enqueue;
  readonly task: string;
  readonly payload: unknown;
}

/** A row of an added job. */
export interface AddedRow {
  readonly pending: Pending;
  readonly job: Job;
  /** Whether the row is surely this job's, or that of a job of the same task. */
  readonly sure: boolean;
}

/**
 * Finds the row of each job. The engine returns the rows in the order of a join, and names their tasks by position, so neither tells. The carriers
 * do, and for jobs without a carrier the payloads. If equal payloads went to several tasks, nobody can say.
 */
export function matchRows(pending: readonly Pending[], jobs: readonly Job[]): AddedRow[] {
  const open = new Set(pending);
  const byCarrier = new Map(pending.map((one) => [JSON.stringify(one.enqueue.carrier), one] as const));
  const added: AddedRow[] = [];
  const unknown: Job[] = [];
  for (const job of jobs) {
    const { carrier } = takeNote(job);
    const found = carrier && byCarrier.get(JSON.stringify(carrier));
    if (found && open.delete(found)) added.push({ pending: found, job, sure: true });
    else unknown.push(job);
  }
  return added.concat(matchByPayload([...open], unknown));
}

function matchByPayload(open: readonly Pending[], jobs: readonly Job[]): AddedRow[] {
  const groups = new Map<string, Pending[]>();
  for (const one of open) {
    const key = JSON.stringify(one.payload ?? {});
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  const tasks = new Map(
    [...groups].map(([key, group]) => [key, new Set(group.map(({ task }) => task)).size]),
  );
  return jobs.flatMap((job) => {
    const key = JSON.stringify(job.payload);
    const pending = groups.get(key)?.shift();
    return pending ? [{ pending, job, sure: tasks.get(key) === 1 }] : [];
  });
}
