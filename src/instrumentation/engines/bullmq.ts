import type { BullMQJobsOptions, Unlisted } from '../../adapters/bullmq/adapter-options.js';
import type { ClassObservers, Observed } from '../../adapters/bullmq/class-observers.js';
import { METHODS } from '../../adapters/bullmq/class-observers.js';
import { connect } from '../../adapters/bullmq/connect.js';
import { isSupported } from '../../adapters/bullmq/engine-version.js';
import { sandboxed } from '../../adapters/bullmq/sandbox-child.js';
import { rest } from '../../adapters/common/claim.js';
import type { ClassObserver } from '../../adapters/common/observation.js';
import { observePrototype } from '../../adapters/common/observed-prototype.js';
import type { WithCore } from '../../box/core.js';
import type { Asked, Observer } from '../observer.js';
import { lazily } from './lazy-observer.js';

/** The names of the observed classes of BullMQ. */
export type Name = keyof ClassObservers | 'ChildProcessor';

export interface BullMQObserver extends Observer {
  readonly classes: ClassObservers;
}

/** The class of BullMQ that runs the file of a sandboxed processor in its child process. */
interface ChildProcessor {
  processor?: unknown;
  init(file: string): unknown;
}

export function connected(
  where: string,
  box: WithCore,
  options: BullMQJobsOptions | undefined,
  unlisted?: Unlisted,
): BullMQObserver {
  const { adapter, classes } = connect(where, box, options, unlisted);
  return { classes, rest: (isResting) => rest(adapter, isResting) };
}

/** Observes the objects of a class. Returns the undo. */
export function observe(
  name: Name,
  Class: { readonly prototype: object },
  asked: Asked<BullMQObserver>,
): () => void {
  if (name === 'ChildProcessor')
    return observePrototype(Class as { prototype: ChildProcessor }, ['init'], ofChild(asked));
  if (!isSupported(Class.prototype)) return () => undefined;
  const of = (all: BullMQObserver | undefined): ClassObserver<object> | undefined =>
    (all?.classes[name] as Observed<object> | undefined)?.observer;
  return observePrototype(
    Class,
    METHODS[name] as readonly never[],
    lazily(
      () => of(asked.now()),
      () => of(asked.last()),
    ),
  );
}

function ofChild(asked: Asked<BullMQObserver>): ClassObserver<ChildProcessor> {
  return {
    observationOf: (child) => ({
      init: async (call, args) => {
        const result = await call(...args);
        const { processor } = child;
        const box = asked.now() && asked.box();
        if (box && typeof processor === 'function') child.processor = sandboxed(box, processor as never);
        return result;
      },
    }),
  };
}
