import type { Context } from '@opentelemetry/api';
import type { Report } from '../delivery/report.js';
import { INSIDE_KEY, SPAN_KEY, SUPPRESS_KEY } from './context.js';
import { activeContext, runIn } from './globals.js';

/** Destinations that are at work. Each stands for itself: two boxes may have destinations of the same name. */
type Inside = ReadonlySet<object>;

// What is called right now: all that is known where no context manager carries it further.
let calling: Inside | undefined;

/**
 * Runs `fn` without the active span, as work of a destination: emits in it, after an await too, are not given to that destination.
 * `'untraced'`: nor are spans made in it.
 */
export function runInside<T>(destination: object, fn: () => T, report: Report, tracing?: 'untraced'): T {
  const context = activeContext(report);
  const inside = new Set(insideOf(context)).add(destination);
  const before = calling;
  calling = inside;
  try {
    const own = context.deleteValue(SPAN_KEY).setValue(INSIDE_KEY, inside);
    return runIn(tracing === 'untraced' ? own.setValue(SUPPRESS_KEY, true) : own, fn, report);
  } finally {
    calling = before;
  }
}

/** The destinations that an emit happens inside of; `context` is the one that it was given, or the active one. */
export function insideOf(context: Context): Inside | undefined {
  return (context.getValue(INSIDE_KEY) as Inside | undefined) ?? calling;
}
