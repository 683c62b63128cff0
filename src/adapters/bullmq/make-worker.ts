import type { Job, Processor, Worker, WorkerOptions } from 'bullmq';
import { SignalboxError, shown } from '../../signal/signalbox-error.js';
import type { BullMQAdapter } from './adapter.js';
import { checkRelease } from './engine-version.js';
import type { Watch } from './observe-worker.js';
import { observeProcessor } from './processor.js';
import { observeSandbox } from './sandbox-parent.js';
import { checkUsed, reportUnused } from './unused-processor.js';
import type { WatchedWorker } from './worker-events.js';

/** A Worker of BullMQ, with jobs of any type and any backend. */
export interface WorkerLike {
  readonly name: string;
  readonly id: string;
  readonly concurrency: number;
  isRunning(): boolean;
}

/** A subclass of BullMQ's Worker, which takes the same arguments. */
export type WorkerClass = new (queue: never, processor: never, options: never) => WorkerLike;

/** The class itself if it is one of the app's own. `never` if it is BullMQ's: then the processor tells the types of its jobs. */
type OwnClass<C> = typeof Worker extends C ? never : C;
type EngineClass<C> = typeof Worker extends C ? C : never;

/** A processor whose jobs have a type of their own, for example with a type of their progress. */
export type OwnProcessor<J extends Job, R> = (job: J, token?: string, signal?: AbortSignal) => Promise<R>;

/**
 * Makes a worker of BullMQ and observes its jobs. Pass the class first and then the arguments of `new Worker(queue, processor, options)`. Or pass a
 * function that makes the worker with the processor that it gets (for a worker on PostgreSQL, or one that other code makes).
 */
export interface MakeWorker {
  /** With a class of the app's own, and the processor that this takes. */
  <C extends WorkerClass>(
    Class: OwnClass<C>,
    queue: string,
    processor: ConstructorParameters<C>[1],
    options: WorkerOptions,
  ): InstanceType<C>;
  /** With BullMQ's class, and a processor function, the path or URL of a sandboxed processor's file, or no processor. */
  <D = unknown, R = unknown, N extends string = string, C extends WorkerClass = typeof Worker>(
    Class: EngineClass<C>,
    queue: string,
    processor: Processor<D, R, N> | string | URL | null | undefined,
    options: WorkerOptions,
  ): Worker<D, R, N>;
  /** The same, with a processor that gives the type of its jobs' progress. */
  <J extends Job, R, C extends WorkerClass = typeof Worker>(
    Class: EngineClass<C>,
    queue: string,
    processor: OwnProcessor<J, R>,
    options: WorkerOptions,
  ): Worker<J['data'], R, J['name']>;
  /** With a processor function. */
  <D = unknown, R = unknown, N extends string = string, W extends WorkerLike = Worker<D, R, N>>(
    processor: Processor<D, R, N>,
    create: (processor: Processor<D, R, N>) => W,
  ): W;
  /** The same, with a processor that gives the type of its jobs' progress. */
  <J extends Job, R, W extends WorkerLike>(
    processor: OwnProcessor<J, R>,
    create: (processor: OwnProcessor<J, R>) => W,
  ): W;
  /** With a sandboxed processor: the path or URL of its file. */
  <F extends string | URL, W extends WorkerLike>(file: F, create: (file: F) => W): W;
  /** With no processor: the app asks for its jobs by hand (`getNextJob`). */
  <W extends WorkerLike>(processor: null | undefined, create: () => W): W;
}

export function createWorker(adapter: BullMQAdapter, watch: Watch): MakeWorker {
  function make(processor: unknown, create: (processor: never) => unknown): unknown {
    if (typeof processor === 'string' || processor instanceof URL) {
      const worker = create(processor as never) as Worker;
      const watching = watch(worker);
      if (watching) observeSandbox(watching);
      return worker;
    }
    if (processor === undefined || processor === null) {
      const worker = create(processor as never) as Worker;
      watch(worker);
      return worker;
    }
    if (typeof processor !== 'function')
      throw new SignalboxError(
        `worker: the processor is ${shown(processor)}. Give a function, the path or URL of a file, or null to ask for jobs by hand (getNextJob).`,
      );
    let watching: WatchedWorker | undefined;
    const worker = create(observeProcessor(processor as () => unknown, () => watching) as never) as Worker;
    checkUsed(worker, processor);
    watching = watch(worker);
    if (watching) reportUnused(adapter, watching);
    return worker;
  }

  return (first: unknown, second: unknown, ...rest: unknown[]): never => {
    if (typeof second === 'function') return make(first, second as (processor: never) => unknown) as never;
    if (typeof second !== 'string')
      throw new SignalboxError(
        `worker: the second argument is ${shown(second)}. Give the name of the queue after the class, as in worker(Worker, 'mail', handler, options), or a function that makes the worker: worker(handler, (processor) => new Worker('mail', processor, options)).`,
      );
    const Class = classOf(first, second);
    const [processor, ...others] = rest;
    return make(processor, (observed) => new Class(second, observed, ...others)) as never;
  };
}

type AnyClass = new (...args: readonly unknown[]) => unknown;

/** Handlers are often arrow or async functions, which have no prototype. */
function classOf(given: unknown, queue: string): AnyClass {
  if (typeof given === 'function' && given.prototype !== undefined) {
    // Check before a worker is made, because it takes jobs at once.
    if (typeof given.prototype.getNextJob === 'function')
      checkRelease('worker', 'Worker', given.prototype, [], () => `the class ${given.name}`);
    return given as AnyClass;
  }
  throw new SignalboxError(
    `worker: the first argument is ${shown(given)}, before the name of the queue ${shown(queue)}. Give the class there, as in worker(Worker, ${shown(queue)}, handler, options).`,
  );
}
