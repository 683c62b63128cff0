import type { Context, Span } from '@opentelemetry/api';
import { swallow } from '../emission/swallow.js';

/** The keys under which every copy of the OpenTelemetry packages keeps these values in a context. */
export const SPAN_KEY: unique symbol = Symbol.for('OpenTelemetry Context Key SPAN');
export const SUPPRESS_KEY: unique symbol = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING');
export const BAGGAGE_KEY: unique symbol = Symbol.for('OpenTelemetry Baggage Key');
/** Our own keys: the clock of the running attempt, and the sinks that are being called. */
export const CLOCK_KEY: unique symbol = Symbol.for('signalbox.clock');
export const INSIDE_KEY: unique symbol = Symbol.for('signalbox.inside');

/** The key under which a context of ours shows its values, whichever copy of the package made it. */
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
 * An empty context, for an app without a context manager. It is ours because an import of the api at run time would bind us to one
 * copy of it. Managers may need contexts of their own making, so none of ours reaches a manager.
 */
export const ROOT: Context = new PlainContext(new Map());

/** The values of a context that we made; undefined for any other. */
export function heldByOurs(context: Context): ReadonlyMap<symbol, unknown> | undefined {
  return (context as { readonly [HELD]?: ReadonlyMap<symbol, unknown> })[HELD];
}

// Contexts belong to the app. If one throws, or returns something that is no context, only its values are lost.

/** A value of a context; undefined if the context can not be read. */
export function valueIn(context: Context, key: symbol): unknown {
  try {
    return context.getValue(key);
  } catch {
    return undefined;
  }
}

/** The context with one more value. If it takes none, an empty context with that value alone. */
export function withValue(context: Context, key: symbol, value: unknown): Context {
  try {
    const made = context.setValue(key, value);
    if (isContext(made)) return made;
  } catch {
    // The context takes no change.
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
    // The context takes no change.
  }
  return ROOT;
}

function isContext(made: Context): boolean {
  if (typeof made?.getValue === 'function') return true;
  swallow(made);
  return false;
}
