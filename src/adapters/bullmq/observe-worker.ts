import type { Worker } from 'bullmq';
import { SignalboxError, shown } from '../../signal/signalbox-error.js';
import { claim, observerOf, observers } from '../common/claim.js';
import { workerId } from '../common/worker-id.js';
import type { BullMQAdapter } from './adapter.js';
import { backendOf } from './backend-by-release.js';
import { checkRelease } from './engine-version.js';
import { observeByHand } from './fetched-jobs.js';
import { keyAt, whereabouts } from './queue-place.js';
import { closeUnused } from './unused-processor.js';
import { WatchedWorker } from './worker-events.js';

/**
 * Makes the adapter the observer of a worker. Returns undefined if the worker has an observer already. Throws a SignalboxError if it is no Worker, or
 * is frozen.
 */
export type Watch = (worker: Worker) => WatchedWorker | undefined;

export function createWatch(adapter: BullMQAdapter): Watch {
  const names = new Set<string>();

  /**
   * The worker's name, if no other worker of this process has it. Operators know the name, and BullMQ stores it in the job. It stores nothing else:
   * if a worker has no name, nobody can say later that it had a job.
   */
  function idOf(worker: Worker): { readonly id: string; readonly free: () => void } {
    const { name } = worker.opts;
    const key = keyAt(whereabouts(backendOf(worker)), name);
    if (!name || names.has(key)) return { id: workerId(), free: () => undefined };
    names.add(key);
    return { id: name, free: () => void names.delete(key) };
  }

  return (worker) => {
    if (typeof worker?.emit !== 'function' || typeof worker.qualifiedName !== 'string')
      throw new SignalboxError(
        `worker: the class or function made ${shown(worker)}, no Worker of BullMQ. Give BullMQ's class, or a function that returns one made with the processor that it gets.`,
      );
    checkMade(worker);
    if (!claim(worker, adapter)) {
      if (observerOf(worker) !== adapter)
        adapter.reportThat(
          `observed:worker ${worker.name}`,
          `the worker of queue ${shown(worker.name)} is observed by another box already, and left to it`,
        );
      return undefined;
    }
    const { id, free } = idOf(worker);
    try {
      const watching = new WatchedWorker(adapter, worker, id);
      watching.events.on('closed', free);
      observeByHand(adapter, watching);
      return watching;
    } catch (error) {
      free();
      observers().delete(worker);
      if (error instanceof SignalboxError) throw error;
      throw new SignalboxError(
        `worker: it takes no properties (${shown(error)}). Give one that is not frozen: signalbox observes it by properties of its own.`,
      );
    }
  };
}

/** Closes a worker that is refused: the app never gets it, and it takes jobs already. */
function checkMade(worker: Worker): void {
  try {
    checkRelease('worker', 'Worker', worker, []);
  } catch (error) {
    closeUnused(worker);
    throw error;
  }
}
