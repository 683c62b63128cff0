import type { Context, Span } from '@opentelemetry/api';
import { swallow } from '../emission/swallow.js';

/** The keys under which every copy of the OpenTelemetry packages keeps these values in a context. */
export const SPAN_KEY: unique symbol = Symbol.for('OpenTelemetry Context Key SPAN');
export const SUPPRESS_KEY: unique symbol = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING');
export const BAGGAGE_KEY: unique symbol = Symbol.for('OpenTelemetry Baggage Key');
/** Ours: the clock of the attempt that runs, and the sinks that are being called. */
export const CLOCK_KEY: unique symbol = Symbol.for('signalbox.clock');
export const INSIDE_KEY: unique symbol = Symbol.for('signalbox.inside');

/** Under which a context of ours, whichever copy of the package it comes from, shows what it holds. */
const HELD: unique symbol = Symbol.for('signalbox.context');

class PlainContext implements Context {
  readonly [HELD]: ReadonlyMap<symbol, unknown>;
  constructor(values: ReadonlyMap<symbol, unknown>) {
    this[HELD] = values;
  }
  getValue(key: symbol): unknown {
    return this[HELD].get(key);
  }
  setValue(key: symbol, value: unknown): Context {
    return new PlainContext(new Map(this[HELD]).set(key, value));
  }
  deleteValue(key: symbol): Context {
    const values = new Map(this[HELD]);
    values.delete(key);
    return new PlainContext(values);
  }
}

/**
 * An empty context, where the app has no context manager. Ours, because importing the api's at run time would bind us to one copy of it.
 * Managers may need contexts of their own making: none of ours is handed to one.
 */
export const ROOT: Context = new PlainContext(new Map());

/** What a context holds that is of our making; undefined for all others. */
export function heldByOurs(context: Context): ReadonlyMap<symbol, unknown> | undefined {
  return (context as { readonly [HELD]?: ReadonlyMap<symbol, unknown> })[HELD];
}

// Contexts are the app's: one that throws, or answers with what is none, costs what it holds, and nothing else.

/** What a context holds; nothing where it can not be read. */
export function valueIn(context: Context, key: symbol): unknown {
  try {
    return context.getValue(key);
  } catch {
    return undefined;
  }
}

/** The context with one more value; where it takes none, an empty one with that value alone. */
export function withValue(context: Context, key: symbol, value: unknown): Context {
  try {
    const made = context.setValue(key, value);
    if (isContext(made)) return made;
  } catch {
    // It takes no change.
  }
  return ROOT.setValue(key, value);
}

export function spanOf(context: Context): Span | undefined {
  try {
    const found = context.getValue(SPAN_KEY) as Span | undefined;
    return typeof found?.spanContext === 'function' ? found : undefined;
  } catch {
    return undefined;
  }
}

export function withSpan(context: Context, span: Span): Context {
  return withValue(context, SPAN_KEY, span);
}

export function withoutSpan(context: Context): Context {
  try {
    const made = context.deleteValue(SPAN_KEY);
    if (isContext(made)) return made;
  } catch {
    // It takes no change.
  }
  return ROOT;
}

function isContext(made: Context): boolean {
  if (typeof made?.getValue === 'function') return true;
  swallow(made);
  return false;
}
