import type { WithCore } from '../../box/core.js';
import { rest } from '../common/claim.js';
import { observePrototype } from '../common/observed-prototype.js';
import type { BullMQJobsOptions } from './adapter-options.js';
import type { Observed } from './class-observers.js';
import type { BullMQClasses } from './classes.js';
import { eachClass } from './classes.js';
import { connect } from './connect.js';

/**
 * Observes every queue, worker and flow producer of BullMQ's classes by their prototypes. The code that makes them stays as it is. Use it in an app
 * that bundles BullMQ, where no instrumentation can see the module load. If the app also passes an object to `bullmqJobs(…)`, that observes it, once.
 *
 * @param box What `createSignalbox` returned.
 * @param classes The module `bullmq`, or an object with some of `Queue`, `Worker` and `FlowProducer`, as the bundle has them.
 * @param options As for `bullmqJobs`: one set for all of them.
 * @returns A function that ends the observation: the classes are then as they were.
 * @throws {SignalboxError} If the box is none, an option is not valid, or a class is none of BullMQ 5.34 or up.
 *
 * @example
 * ```ts
 * import { FlowProducer, Queue, Worker } from 'bullmq';
 * import { createSignalbox } from 'signalbox';
 * import { observeClasses } from 'signalbox/bullmq';
 *
 * export const stop = observeClasses(createSignalbox(), { Queue, Worker, FlowProducer }, { types: ['welcome'] });
 * ```
 */
export function observeClasses(
  box: WithCore,
  classes: BullMQClasses,
  options?: BullMQJobsOptions,
): () => void {
  const { adapter, classes: observers } = connect('observeClasses', box, options);
  const undo: (() => void)[] = [];
  eachClass('observeClasses', classes, (name, Class) => {
    const { names, observer } = observers[name] as Observed<object>;
    undo.push(observePrototype<object>(Class, names as never[], observer));
  });
  return () => {
    rest(adapter, true);
    for (const end of undo) end();
  };
}
