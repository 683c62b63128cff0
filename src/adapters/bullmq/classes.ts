import { SignalboxError, shown } from '../../signal/signalbox-error.js';
import { observedClass } from '../common/observed-class.js';
import type { AnyClass } from '../common/observed-prototype.js';
import type { BullMQAdapter } from './adapter.js';
import type { ClassObservers, Observed } from './class-observers.js';
import { faultOf, LEAST } from './engine-version.js';

/** The module `bullmq`, or an object with some of its classes. Each is BullMQ's own or a subclass of the app's. */
export interface BullMQClasses {
  readonly Queue?: AnyClass<object>;
  readonly Worker?: AnyClass<object>;
  readonly FlowProducer?: AnyClass<object>;
}

/** The classes that were given, each with its own type. */
export type ObservedClasses<M extends BullMQClasses> = {
  readonly [K in keyof M & keyof BullMQClasses]: M[K];
};

/** Methods that each class has in every release. */
const ABILITIES: Readonly<Record<keyof BullMQClasses, readonly string[]>> = {
  Queue: ['add', 'addBulk'],
  Worker: ['run', 'getNextJob'],
  FlowProducer: ['add', 'addBulk'],
};

const NAMES = Object.keys(ABILITIES) as (keyof BullMQClasses)[];

/** Calls `each` with every class that `engine` has. Throws a SignalboxError if it has none, or one that is not supported. */
export function eachClass(
  where: string,
  engine: BullMQClasses,
  each: (name: keyof BullMQClasses, Class: AnyClass<object>) => void,
): void {
  const isThere = (name: keyof BullMQClasses): boolean => engine?.[name] !== undefined;
  const there = NAMES.filter((name) => typeof engine === 'object' && isThere(name));
  if (there.length === 0)
    throw new SignalboxError(
      `${where}: there is no Queue, Worker or FlowProducer in ${shown(engine)}. Give the module, as in import * as bullmq from 'bullmq', or an object with some of its classes.`,
    );
  for (const name of there) check(where, name, engine[name]);
  for (const name of there) each(name, engine[name] as AnyClass<object>);
}

export function observedClasses<M extends BullMQClasses>(
  adapter: BullMQAdapter,
  observers: ClassObservers,
  engine: M,
): ObservedClasses<M> {
  const classes: Partial<Record<keyof BullMQClasses, unknown>> = {};
  eachClass('classes', engine, (name, Class) => {
    const { names, observer, claims } = observers[name] as Observed<object>;
    const owner = claims ? { owner: adapter } : {};
    classes[name] = observedClass<object, AnyClass<object>>(Class, { names, observer, ...owner });
  });
  return classes as ObservedClasses<M>;
}

function check(where: string, name: keyof BullMQClasses, Class: unknown): void {
  const fault = faultOf(typeof Class === 'function' ? Class.prototype : undefined, ABILITIES[name]);
  if (fault !== undefined)
    throw new SignalboxError(
      `${where}: \`${name}\` is ${shown(Class)}, ${fault}. Give the ${name} of ${LEAST}.`,
    );
}
