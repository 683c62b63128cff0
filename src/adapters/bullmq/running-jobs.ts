import type { Job } from 'bullmq';
import { Recent } from '../../jobs/recent.js';
import type { BullMQAdapter } from './adapter.js';
import type { RunningJob } from './running-job.js';
import { keyOf } from './store.js';

/** By the key of its job: what runs here, and what was lost. */
interface Running {
  readonly running: Map<string, RunningJob>;
  readonly lost: Recent<WeakRef<RunningJob>>;
}

const byAdapter = new WeakMap<BullMQAdapter, Running>();

function of(adapter: BullMQAdapter): Running {
  const found = byAdapter.get(adapter);
  if (found) return found;
  const made: Running = { running: new Map(), lost: new Recent() };
  byAdapter.set(adapter, made);
  return made;
}

/** What runs here and is not settled, by the key of its job. */
export function runningAt(adapter: BullMQAdapter, key: string): RunningJob | undefined {
  const { running, lost } = of(adapter);
  return running.get(key) ?? lost.get(key)?.deref();
}

export function keepRunning(adapter: BullMQAdapter, one: RunningJob): void {
  of(adapter).running.set(one.key, one);
}

/** It was lost, and may be settled yet, by whoever has its Job: it is known as long as that one is there, and its data no longer. */
export function keepLost(adapter: BullMQAdapter, one: RunningJob): void {
  const { running, lost } = of(adapter);
  if (running.get(one.key) !== one) return;
  running.delete(one.key);
  lost.keep(one.key, new WeakRef(one));
}

export function forgetRunning(adapter: BullMQAdapter, one: RunningJob): void {
  const { running, lost } = of(adapter);
  if (running.get(one.key) === one) running.delete(one.key);
  else if (lost.get(one.key)?.deref() === one) lost.forget(one.key);
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
