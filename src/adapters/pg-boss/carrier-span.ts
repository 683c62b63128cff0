import type { SpanContext } from '@opentelemetry/api';
import type { Carrier } from '../../jobs/carrier.js';
import { NamedSpan } from '../../jobs/non-recording-span.js';

const NO_SPAN: SpanContext = {
  traceId: '00000000000000000000000000000000',
  spanId: '0000000000000000',
  traceFlags: 0,
};

/** The span that pg-boss gets. It records nothing, stands for the active span, and knows the carriers of the jobs. */
export class CarrierSpan extends NamedSpan {
  /** Of a send: the carrier that travels with the jobs. */
  readonly sends: Carrier | undefined;
  /** Of a handler call: the carriers of its jobs. Jobs without one are left out. */
  readonly received: readonly Carrier[];

  constructor(context: SpanContext | undefined, sends?: Carrier, received: readonly Carrier[] = []) {
    super(context ?? NO_SPAN);
    this.sends = sends;
    this.received = received;
  }
}
