import type { Processor, Worker } from 'bullmq';
import { SignalboxError, shown } from '../../signal/problem.js';
import type { Adapter } from './adapter.js';
import { observeProcessor } from './processor.js';
import { observeSandbox } from './sandbox.js';
import { checkUsed, tellUnused } from './unused.js';
import { WorkerWatch } from './worker-watch.js';

/** Makes a worker of BullMQ whose jobs are observed. */
export interface MakeWorker {
  /** With a processor of this process. */
  <D = unknown, R = unknown, N extends string = string, W extends Worker<D, R, N> = Worker<D, R, N>>(
    processor: Processor<D, R, N>,
    create: (processor: Processor<D, R, N>) => W,
  ): W;
  /** With a sandboxed processor: the path or URL of its file. */
  <F extends string | URL, W extends Worker>(file: F, create: (file: F) => W): W;
}

export function createWorker(adapter: Adapter): MakeWorker {
  const names = new Set<string>();

  /** Its name, where it has one that no other of this process has: that is what operators know, and what BullMQ keeps in the job. */
  function idOf(worker: Worker): string {
    const { name } = worker.opts;
    const key = `${worker.name}\n${name}`;
    if (!name || names.has(key)) return worker.id;
    names.add(key);
    worker.once('closed', () => names.delete(key));
    return name;
  }

  function watch(worker: Worker): WorkerWatch {
    if (typeof worker?.prependListener !== 'function' || typeof worker.name !== 'string')
      throw new SignalboxError(
        `worker: the function that makes it returned ${shown(worker)}. Return a Worker of BullMQ, given the processor that it got.`,
      );
    return new WorkerWatch(adapter, worker, idOf(worker));
  }

  return (processor: Processor | string | URL, create: (processor: never) => Worker) => {
    if (typeof create !== 'function')
      throw new SignalboxError(
        `worker: what makes it is ${shown(create)}. Give (processor) => new Worker(name, processor, options).`,
      );
    if (typeof processor === 'string' || processor instanceof URL) {
      const worker = create(processor as never);
      observeSandbox(watch(worker));
      return worker as never;
    }
    if (typeof processor !== 'function')
      throw new SignalboxError(
        `worker: the processor is ${shown(processor)}. Give a function, or the path or URL of a file.`,
      );
    let watching: WorkerWatch | undefined;
    const worker = create(observeProcessor(processor, () => watching) as never);
    checkUsed(worker, processor);
    watching = watch(worker);
    tellUnused(adapter, watching);
    return worker as never;
  };
}
