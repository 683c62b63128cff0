import type { Job } from 'bullmq';
import { Recent } from '../../jobs/bounded-map.js';
import type { AttemptsHere } from '../common/attempts-here.js';
import { listAttempts } from '../common/attempts-here.js';
import type { BullMQAdapter } from './adapter.js';
import { keyOf } from './queue-place.js';
import type { RunningJob } from './running-job.js';

/** By the key of its job: what runs here, and what was lost. */
interface Running {
  readonly running: Map<string, RunningJob>;
  readonly lost: Recent<WeakRef<RunningJob>>;
  readonly attempts: AttemptsHere;
}

const byAdapter = new WeakMap<BullMQAdapter, Running>();

function of(adapter: BullMQAdapter): Running {
  const found = byAdapter.get(adapter);
  if (found) return found;
  const attempts: AttemptsHere = {
    find: (job) => {
      const one = runningAt(adapter, keyOf(job as Job));
      return one && { handed: one.job, within: (fn) => one.attempt.within(fn) };
    },
  };
  const made: Running = { running: new Map(), lost: new Recent(), attempts };
  byAdapter.set(adapter, made);
  listAttempts('bullmq', attempts);
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
