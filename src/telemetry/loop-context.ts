import type { Context } from '@opentelemetry/api';
import type { How, Inside, Mark } from '../delivery/destination.js';
import { insideOfBoth, insideOfMark } from '../delivery/loop-mark.js';
import type { Report } from '../delivery/report.js';
import type { Storage } from './async-hooks.js';
import { asyncHooks } from './async-hooks.js';
import { INSIDE_KEY, SUPPRESS_KEY } from './context.js';
import { activeContext, runIn } from './context-manager.js';
import type { Home } from './home-context.js';

// The mark of the current call. If neither a context manager nor Node carries it further, nothing else is known.
let calling: Mark | undefined;

/**
 * Made with the first call that needs it, because it makes each promise of the app slower (an empty await 2.5 times, on Node 20).
 * `null` if Node has none.
 */
let carrier: Storage<Mark> | null | undefined;

/** Runs `fn` at home and without a span, as work of a mark's destinations. Emits within it, also after an await, carry the mark. */
export function runInside<T>(
  home: Home,
  mark: Mark,
  fn: () => T,
  report: Report,
  { untraced, quiet }: Pick<How, 'untraced' | 'quiet'>,
): T {
  return home.call(() => {
    const before = calling;
    calling = mark;
    try {
      const context = home.context();
      if (!context) return quiet ? fn() : carry(mark, fn);
      const own = context.setValue(INSIDE_KEY, mark);
      return runIn(untraced ? own.setValue(SUPPRESS_KEY, true) : own, fn, report);
    } finally {
      calling = before;
    }
  });
}

/** The destinations that the current code runs inside of. */
export function insideHere(report: Report): Inside | undefined {
  const mark = markOf(activeContext(report));
  return mark && insideOfMark(mark, 1);
}

/**
 * What an emit to so many sinks happens inside of. A context that the emit was given need not know where the emit happens.
 *
 * @param context The context of the emit.
 * @param isGiven Whether the context is another than the active one.
 */
export function insideOfEmit(
  context: Context,
  isGiven: boolean,
  sinks: number,
  report: Report,
): Inside | undefined {
  const there = markOf(context);
  const here = isGiven ? markOf(activeContext(report)) : there;
  if (!here && !there) return undefined;
  const inside = there && insideOfMark(there, sinks);
  return here === there ? inside : insideOfBoth(here && insideOfMark(here, sinks), inside);
}

function markOf(context: Context): Mark | undefined {
  return markIn(context) ?? calling ?? carrier?.getStore();
}

// A context of the app's own making may throw when it is read.
function markIn(context: Context): Mark | undefined {
  try {
    return context.getValue(INSIDE_KEY) as Mark | undefined;
  } catch {
    return undefined;
  }
}

function carry<T>(mark: Mark, fn: () => T): T {
  if (carrier === undefined) carrier = newCarrier();
  return carrier ? carrier.run(mark, fn) : fn();
}

function newCarrier(): Storage<Mark> | null {
  try {
    const hooks = asyncHooks();
    return hooks ? new hooks.AsyncLocalStorage<Mark>() : null;
  } catch {
    return null;
  }
}
