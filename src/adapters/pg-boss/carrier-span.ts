import type { SpanContext } from '@opentelemetry/api';
import type { Carrier } from '../../jobs/carrier.js';
import { NamedSpan } from '../../jobs/non-recording-span.js';

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
