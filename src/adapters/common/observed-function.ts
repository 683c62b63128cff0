import type { Around } from './function-proxy.js';
import { over } from './function-proxy.js';
import { beneath, liesOver } from './original-method.js';

const FUNCTIONS = Symbol.for('signalbox.functions.1');

type AnyFunction = (...args: never[]) => unknown;

/** What an observer does in place of a call; undefined if it leaves the call alone. */
export type FunctionObserver = () => Around | undefined;

interface Observed {
  readonly observed: AnyFunction;
  readonly observers: FunctionObserver[];
}

/** A function that is observed, and what ends that: references to it that are kept pass through then. */
export interface ObservedFunction<F> {
  readonly observed: F;
  readonly undo: () => void;
}

function functions(): WeakMap<object, Observed> {
  const holder = globalThis as { [FUNCTIONS]?: WeakMap<object, Observed> };
  holder[FUNCTIONS] ??= new WeakMap();
  return holder[FUNCTIONS];
}

/**
 * A stand-in for an engine's function, shared by all who observe it. The first observer that answers handles a call; when it is gone, the next does.
 *
 * @param given The function, or what stands for it already.
 */
export function observeFunction<F extends AnyFunction>(
  given: F,
  observer: FunctionObserver,
): ObservedFunction<F> {
  const original = beneath(given) as F;
  const found = functions().get(original) ?? madeFor(original);
  functions().set(original, found);
  found.observers.push(observer);
  return {
    observed: found.observed as F,
    undo: () => {
      const at = found.observers.indexOf(observer);
      if (at !== -1) found.observers.splice(at, 1);
    },
  };
}

function madeFor(original: AnyFunction): Observed {
  const observers: FunctionObserver[] = [];
  const observed = over(original, (call, args, self) => {
    for (const observer of observers) {
      const around = observer();
      if (around) return around(call, args, self);
    }
    return call(...args);
  });
  return { observed: liesOver(observed, () => original), observers };
}
