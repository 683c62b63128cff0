import type { Context, SpanContext } from '@opentelemetry/api';
import type { PreviousAttempt, RememberedAttempt } from './attempt-memory.js';
import type { Carrier } from './carrier.js';
import { extract, isEmpty, namesTrace, spanContextOf } from './carrier.js';
import { withNamedSpan } from './non-recording-span.js';
import type { QueueState } from './queue-state.js';

/** The context that a job comes from: its carrier's, and where that names no span, with the enqueue's that this process remembers. */
export function originOf(
  state: QueueState,
  carrier: Carrier | undefined,
  jobId: string | undefined,
): Context {
  const context = extract(state.core, carrier);
  if (namesTrace(carrier)) return context;
  const enqueued = state.memory.enqueueOf(jobId);
  return enqueued && !spanContextOf(context) ? withNamedSpan(context, enqueued) : context;
}

/** The span of the attempt before, as it was given or is remembered. */
export function spanBefore(
  state: QueueState,
  previous: PreviousAttempt | RememberedAttempt,
): SpanContext | undefined {
  if (!('carrier' in previous)) return previous.span;
  // An empty carrier stands for an attempt that nobody knows.
  return isEmpty(previous.carrier) ? undefined : spanContextOf(extract(state.core, previous.carrier));
}
