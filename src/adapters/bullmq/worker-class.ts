import type { Worker } from 'bullmq';
import { observerOf } from '../common/claim.js';
import type { ClassObserver } from '../common/observation.js';
import { perObject } from '../common/observation.js';
import type { BullMQAdapter } from './adapter.js';
import { aroundGetNextJob } from './fetched-jobs.js';
import type { Watch } from './observe-worker.js';
import { observeProcessor } from './processor.js';
import { observeSandbox } from './sandbox-parent.js';
import type { WatchedWorker } from './worker-events.js';

/** Fields of a worker that BullMQ's types do not show. */
interface Within {
  processFn?: unknown;
  readonly childPool?: unknown;
}

/**
 * Observes workers that signalbox does not see being made, from when they run or when the app asks them for a job. A worker of `jobs.worker` runs
 * before signalbox knows it as one, so `run` waits for a turn: no job can have come by then.
 */
export function workerObserver(adapter: BullMQAdapter, watch: Watch): ClassObserver<Worker> {
  const held = new Map<Worker, WatchedWorker>();

  function adopt(worker: Worker): WatchedWorker | undefined {
    if (!adapter.core.enabled() || observerOf(worker)) return undefined;
    return adapter.quietly('a worker', () => {
      const watching = watch(worker);
      if (!watching) return undefined;
      const within = worker as unknown as Within;
      if (within.childPool) observeSandbox(watching);
      else if (typeof within.processFn === 'function')
        within.processFn = observeProcessor(within.processFn as () => unknown, () => watching);
      held.set(worker, watching);
      watching.events.on('closed', () => void held.delete(worker));
      return watching;
    });
  }

  return {
    observationOf: perObject((worker) => {
      if (!adapter.core.enabled()) return undefined;
      return {
        run: (call, args) => {
          queueMicrotask(() => adopt(worker));
          return call(...args);
        },
        getNextJob: (call, args, self) => {
          const watching = adopt(worker);
          return watching ? aroundGetNextJob(watching)(call, args, self) : call(...args);
        },
      };
    }),
    begun: () => {
      for (const watching of held.values()) watching.cameBack();
    },
    ended: () => {
      for (const watching of held.values()) watching.left();
    },
    held: () => [...held.keys()],
    takeOver: (worker) => adopt(worker) !== undefined,
  };
}
