import type { Job } from 'bullmq';
import { Recent } from '../../jobs/recent.js';
import type { Adapter } from './adapter.js';
import { keyOf } from './adapter.js';
import type { RunningJob } from './running-job.js';

const running = new WeakMap<Adapter, Recent<RunningJob>>();

/** What runs here and is not settled, by job. */
export function runningJobs(adapter: Adapter): Recent<RunningJob> {
  const found = running.get(adapter) ?? new Recent<RunningJob>();
  running.set(adapter, found);
  return found;
}

/** Runs something in the context of the attempt that its job is in here; of one that has none, as it is. */
export function runWithin<T>(adapter: Adapter, job: Pick<Job, 'id' | 'queueQualifiedName'>, fn: () => T): T {
  const found = adapter.quietly('the context of a job', () =>
    runningJobs(adapter).get(keyOf(job.queueQualifiedName, job.id)),
  );
  return found ? found.run(fn) : fn();
}
