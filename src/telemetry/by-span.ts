/**
 * Values by span, kept no longer than the span; only the last one asked for is held until the next. The key is the span's context: an
 * app may wrap spans, and wrappers share it. Mostly several signals happen on a span in a row, so the last value is found without a
 * search.
 */
export class BySpan<V> {
  readonly #kept = new WeakMap<object, V>();
  #lastKey: object | undefined;
  #lastValue: V | undefined;

  get(spanContext: object): V | undefined {
    if (spanContext === this.#lastKey) return this.#lastValue;
    const value = this.#kept.get(spanContext);
    this.#lastKey = spanContext;
    this.#lastValue = value;
    return value;
  }

  set(spanContext: object, value: V): void {
    this.#kept.set(spanContext, value);
    this.#lastKey = spanContext;
    this.#lastValue = value;
  }
}
