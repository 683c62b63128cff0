import type { SpanContext } from '@opentelemetry/api';
import type { Enqueue } from '../../jobs/enqueue.js';
import { ATTR } from '../../jobs/semconv.js';
import { CarrierSpan } from './carrier-span.js';
import { reasonOf, withoutText } from './reject-reason.js';

/** The span of a send that pg-boss makes by itself (a schedule's tick, a publish). What pg-boss says on it is the outcome of our enqueue. */
export class OwnSendSpan extends CarrierSpan {
  readonly #enqueue: Enqueue;
  #id: string | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(context: SpanContext | undefined, enqueue: Enqueue) {
    super(context, enqueue.carrier);
    this.#enqueue = enqueue;
  }

  override setAttribute(key: string, value: unknown): this {
    if (key === ATTR.messageId && typeof value === 'string') this.#id = value;
    return this;
  }
  override recordException(error: unknown): void {
    this.#failure = { error };
  }
  override end(): void {
    if (this.#failure) {
      const { error } = this.#failure;
      this.#enqueue.rejected(reasonOf(error), { error: withoutText(error) });
    } else if (this.#id === undefined) this.#enqueue.duplicate();
    else this.#enqueue.accepted({ id: this.#id });
  }
}
