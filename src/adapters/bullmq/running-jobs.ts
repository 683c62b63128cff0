import type { Job } from 'bullmq';
import { Recent } from '../../jobs/bounded-map.js';
import type { AttemptsHere } from '../common/attempts-here.js';
import { listAttempts } from '../common/attempts-here.js';
import type { BullMQAdapter } from './adapter.js';
import { keyOf } from './queue-place.js';
import type { RunningJob } from './running-job.js';

/** The jobs that run in this process, and the lost ones, by job key. */
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

/** The job with this key that runs in this process or was lost, and is not settled. */
export function runningAt(adapter: BullMQAdapter, key: string): RunningJob | undefined {
  const { running, lost } = of(adapter);
  return running.get(key) ?? lost.get(key)?.deref();
}

export function keepRunning(adapter: BullMQAdapter, one: RunningJob): void {
  of(adapter).running.set(one.key, one);
}

/** Keeps a lost job: whoever has its Job may still settle it. It is held weakly, so that its data lives no longer than that. */
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
