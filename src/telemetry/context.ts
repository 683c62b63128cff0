import type { Context, Span } from '@opentelemetry/api';

/** The keys under which every copy of the OpenTelemetry packages keeps these values in a context. */
export const SPAN_KEY: unique symbol = Symbol.for('OpenTelemetry Context Key SPAN');
export const SUPPRESS_KEY: unique symbol = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING');
/** Ours: the clock of the attempt that runs, and the sinks that are being called. */
export const CLOCK_KEY: unique symbol = Symbol.for('signalbox.clock');
export const INSIDE_KEY: unique symbol = Symbol.for('signalbox.inside');

class PlainContext implements Context {
  readonly #values: ReadonlyMap<symbol, unknown>;
  constructor(values: ReadonlyMap<symbol, unknown>) {
    this.#values = values;
  }
  getValue(key: symbol): unknown {
    return this.#values.get(key);
  }
  setValue(key: symbol, value: unknown): Context {
    return new PlainContext(new Map(this.#values).set(key, value));
  }
  deleteValue(key: symbol): Context {
    const values = new Map(this.#values);
    values.delete(key);
    return new PlainContext(values);
  }
}

/** An empty context. Ours, because importing the api's at run time would bind us to one copy of it. */
export const ROOT: Context = new PlainContext(new Map());

export function spanOf(context: Context): Span | undefined {
  return context.getValue(SPAN_KEY) as Span | undefined;
}

export function withSpan(context: Context, span: Span): Context {
  return context.setValue(SPAN_KEY, span);
}
