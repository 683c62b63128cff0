import type { Link, SpanContext } from '@opentelemetry/api';
import type { Carrier } from '../../jobs/carrier.js';
import { CarrierSpan } from './carrier-span.js';

/** The carriers of the jobs that a `fetch` of the app's returned, in their order. Jobs without one are left out. */
type Received = Carrier[];

let receiving: Received | undefined;

/** Makes a `fetch` of the app's. Once its result is there, the list has the carriers of its jobs, if pg-boss carries our context. */
export function received<T>(fetch: () => T): { readonly result: T; readonly carriers: readonly Carrier[] } {
  const carriers: Received = [];
  const before = receiving;
  receiving = carriers;
  try {
    return { result: fetch(), carriers };
  } finally {
    receiving = before;
  }
}

/** The span that pg-boss gets for a fetch. pg-boss starts it within the call, and links the jobs' contexts to it. */
export class ReceiveSpan extends CarrierSpan {
  readonly #into: Received | undefined = receiving;
  readonly #carrierOf: (context: SpanContext) => Carrier | undefined;

  constructor(context: SpanContext | undefined, carrierOf: (context: SpanContext) => Carrier | undefined) {
    super(context);
    this.#carrierOf = carrierOf;
  }

  override addLinks(links: readonly Link[]): this {
    for (const { context } of links) {
      const carrier = this.#carrierOf(context);
      if (carrier) this.#into?.push(carrier);
    }
    return this;
  }
}
