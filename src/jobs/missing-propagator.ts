import type { Core } from '../box/core.js';
import { registry } from '../telemetry/globals.js';
import type { Propagation } from '../telemetry/propagation.js';

/** Under which a box keeps the propagator of the app's that told a job nothing of its span. */
export const SILENT = 'propagator:silent';

export const SILENT_PROPAGATOR =
  "the app's propagator writes no trace context (baggage alone?): jobs carry none, and attempts in other processes are traces of their own; add one that does, as by OTEL_PROPAGATORS";

/** What follows from it where the app has no propagator, in a sentence. */
export function missingPropagator(propagation: Propagation): string {
  const carried =
    propagation === 'w3c'
      ? 'a W3C traceparent that signalbox writes itself, and no baggage'
      : 'no context, and attempts in other processes are traces of their own';
  return `no propagator is registered: jobs carry ${carried}; register one, as by OTEL_PROPAGATORS`;
}

/** What `describe()` says of it: without spans jobs have nothing to carry. */
export function lostOnTheWay(core: Core): string[] {
  if (!core.tracer()) return [];
  const propagator = registry()?.propagation;
  if (!propagator) return [`propagation: ${missingPropagator(core.propagation)}`];
  return propagator === core.shared.get(SILENT) ? [`propagation: ${SILENT_PROPAGATOR}`] : [];
}
