import type { Link, SpanContext } from '@opentelemetry/api';
import type { Carrier } from '../../jobs/carrier.js';
import { CarrierSpan } from './carrier-span.js';

/** What came with the jobs that a fetch of the app's gave, of those that had something, in their order. */
type Received = Carrier[];

let receiving: Received | undefined;

/** Makes a fetch of the app's: what comes with its jobs is in the list once the result is there, where pg-boss carries for us. */
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

/** What pg-boss gets for the span of a fetch, which it begins within the call: the jobs' contexts are linked to it. */
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
