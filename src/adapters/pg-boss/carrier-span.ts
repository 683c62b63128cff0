import type { SpanContext } from '@opentelemetry/api';
import type { Carrier } from '../../jobs/carrier.js';
import type { Enqueue } from '../../jobs/enqueue.js';
import { NamedSpan } from '../../jobs/named-span.js';
import { ATTR } from '../../jobs/semconv.js';
import { reasonOf, withoutText } from './reject-reason.js';

const NO_SPAN: SpanContext = {
  traceId: '00000000000000000000000000000000',
  spanId: '0000000000000000',
  traceFlags: 0,
};

/** What pg-boss gets for a span: it records nothing, stands for the span that is active, and knows the carriers of the jobs. */
export class CarrierSpan extends NamedSpan {
  /** Of a send: what travels with the jobs. */
  readonly sends: Carrier | undefined;
  /** Of a handler call: what came with its jobs, of those that had something. */
  readonly received: readonly Carrier[];

  constructor(context: SpanContext | undefined, sends?: Carrier, received: readonly Carrier[] = []) {
    super(context ?? NO_SPAN);
    this.sends = sends;
    this.received = received;
  }
}

/** A send that pg-boss makes by itself (a schedule's tick, a publish): what it says of it is the outcome of our enqueue. */
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
