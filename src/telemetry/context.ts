import type { Context, Span } from '@opentelemetry/api';

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

export function spanOf(context: Context): Span | undefined {
  return context.getValue(SPAN_KEY) as Span | undefined;
}

export function withSpan(context: Context, span: Span): Context {
  return context.setValue(SPAN_KEY, span);
}
