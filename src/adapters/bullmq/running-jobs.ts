import type { Job } from 'bullmq';
import { Recent } from '../../jobs/recent.js';
import type { BullMQAdapter } from './adapter.js';
import type { RunningJob } from './running-job.js';
import { keyOf } from './store.js';

// One that is lost may be settled yet, by whoever has its Job: then it is known as long as that one is there, and its data no longer.
const running = new WeakMap<BullMQAdapter, Recent<WeakRef<RunningJob>>>();

function of(adapter: BullMQAdapter): Recent<WeakRef<RunningJob>> {
  const found = running.get(adapter) ?? new Recent<WeakRef<RunningJob>>();
  running.set(adapter, found);
  return found;
}

/** What runs here and is not settled, by the key of its job. */
export function runningAt(adapter: BullMQAdapter, key: string): RunningJob | undefined {
  return of(adapter).get(key)?.deref();
}

/** Whoever runs it holds it. */
export function keepRunning(adapter: BullMQAdapter, one: RunningJob): void {
  of(adapter).keep(keyOf(one.job), new WeakRef(one));
}

export function forgetRunning(adapter: BullMQAdapter, one: RunningJob): void {
  const key = keyOf(one.job);
  if (runningAt(adapter, key) === one) of(adapter).forget(key);
}

/** Runs something in the context of the attempt that its job is in here; of one that has none, as it is. */
export function runWithin<T>(
  adapter: BullMQAdapter,
  job: Pick<Job, 'id' | 'queueQualifiedName'>,
  fn: () => T,
): T {
  const found = adapter.quietly('the context of a job', () => runningAt(adapter, keyOf(job)));
  return found ? found.run(fn) : fn();
}
