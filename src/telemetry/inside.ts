import type { Context } from '@opentelemetry/api';
import type { Report } from '../delivery/report.js';
import { INSIDE_KEY, SPAN_KEY } from './context.js';
import { activeContext, runIn } from './globals.js';

/** Sinks that are being called. Each stands for itself: two boxes may have destinations of the same name. */
type Inside = ReadonlySet<object>;

// What is called right now: all that is known where no context manager carries it further.
let calling: Inside | undefined;

/** Runs `fn` without the active span, as a call of `sink`: emits in it, after an await too, are not given to that sink. */
export function runInside<T>(sink: object, fn: () => T, report: Report): T {
  const context = activeContext(report);
  const inside = new Set(insideOf(context)).add(sink);
  const before = calling;
  calling = inside;
  try {
    return runIn(context.deleteValue(SPAN_KEY).setValue(INSIDE_KEY, inside), fn, report);
  } finally {
    calling = before;
  }
}

/** The sinks that an emit happens inside of; `context` is the one that it was given, or the active one. */
export function insideOf(context: Context): Inside | undefined {
  return (context.getValue(INSIDE_KEY) as Inside | undefined) ?? calling;
}
