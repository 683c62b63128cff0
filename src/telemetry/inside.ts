import type { Context } from '@opentelemetry/api';
import type { How, Inside } from '../delivery/destination.js';
import type { Report } from '../delivery/report.js';
import { INSIDE_KEY, SPAN_KEY, SUPPRESS_KEY } from './context.js';
import { activeContext, registry, runIn } from './globals.js';

/** What is needed of Node's AsyncLocalStorage. */
interface Carrier {
  run<T>(inside: Inside, fn: () => T): T;
  getStore(): Inside | undefined;
}

// What is called right now: all that is known where neither a context manager nor Node carries it further.
let calling: Inside | undefined;

/**
 * Made with the first call that needs it, for it makes each promise of the app dearer (of an empty await 2.5 times, on Node 20); `null` where
 * there is none.
 */
let carrier: Carrier | null | undefined;

/**
 * Runs `fn` without the active span, as work of a destination: emits in it, after an await too, are not given to that destination.
 * What it happens inside of already is kept, or is as `how` says.
 */
export function runInside<T>(destination: object, fn: () => T, report: Report, how?: How): T {
  const context = activeContext(report);
  const inside = within(typeof how === 'object' ? how.around : insideOf(context), destination);
  const before = calling;
  calling = inside;
  try {
    if (!registry()?.context) return typeof how === 'object' && how.quiet ? fn() : carry(inside, fn);
    const own = context.deleteValue(SPAN_KEY).setValue(INSIDE_KEY, inside);
    return runIn(how === 'untraced' ? own.setValue(SUPPRESS_KEY, true) : own, fn, report);
  } finally {
    calling = before;
  }
}

/** The destinations that an emit happens inside of. A context that it was given need not know where it happens. */
export function insideOfEmit(given: Context | undefined, report: Report): Inside | undefined {
  const here = insideOf(activeContext(report));
  const there = given && insideOf(given);
  return here && there && here !== there ? new Set([...here, ...there]) : (there ?? here);
}

function insideOf(context: Context): Inside | undefined {
  return (context.getValue(INSIDE_KEY) as Inside | undefined) ?? calling ?? carrier?.getStore();
}

// Nearly all that sinks are called for is the app's own: the set for that is made once.
const alone = new WeakMap<object, Inside>();

function within(around: Inside | undefined, destination: object): Inside {
  if (around) return new Set(around).add(destination);
  let inside = alone.get(destination);
  if (!inside) {
    inside = new Set([destination]);
    alone.set(destination, inside);
  }
  return inside;
}

function carry<T>(inside: Inside, fn: () => T): T {
  if (carrier === undefined) carrier = newCarrier();
  return carrier ? carrier.run(inside, fn) : fn();
}

// Asked for and not imported: the core runs where there is no Node, and in one that is too old for the question.
function newCarrier(): Carrier | null {
  const { process } = globalThis as {
    process?: { getBuiltinModule?(name: string): { AsyncLocalStorage: new () => Carrier } | undefined };
  };
  try {
    const hooks = process?.getBuiltinModule?.('node:async_hooks');
    return hooks ? new hooks.AsyncLocalStorage() : null;
  } catch {
    return null;
  }
}
