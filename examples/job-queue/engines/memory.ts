import { createJobs } from 'signalbox/jobs';
import { JOB_TYPES } from '../plan.js';
import { JobQueue } from '../queue/index.js';
import type { Engine, EngineSetup } from './engine.js';

const BACKOFF_MILLIS = 1000;
const STOP_MILLIS = 10_000;

/** The queue of this example. */
export function startMemory(setup: EngineSetup): Engine {
  const { box, relation, workers, capacity, speed, timeoutMillis, healthMillis, crew } = setup;
  if (typeof crew === 'function') throw new TypeError('the queue in memory has its workers in this process');
  const queue = new JobQueue({
    telemetry: createJobs(box, { relation }).queue('jobs', { types: JOB_TYPES, capacity }),
    capacity,
    workers,
    backoffMillis: (attempt) => (attempt ** 2 * BACKOFF_MILLIS) / speed,
    monitor: { intervalMillis: healthMillis },
    ...(timeoutMillis === undefined ? {} : { timeoutMillis }),
  });
  for (const processor of crew) queue.register(processor);
  queue.start();
  return {
    enqueue: (job) => queue.enqueue(job),
    counts: () => queue.counts(),
    idle: () => queue.idle(),
    shutdown: () => queue.shutdown({ timeoutMillis: STOP_MILLIS }),
    notes: [],
  };
}
