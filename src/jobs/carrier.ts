import type { Context, SpanContext } from '@opentelemetry/api';
import type { Core } from '../core.js';
import { swallow } from '../delivery/guard.js';
import { ROOT, spanOf } from '../telemetry/context.js';
import { registry } from '../telemetry/globals.js';

/** The trace context that travels inside a job: `traceparent`, `tracestate`, `baggage`. Plain strings, JSON-safe, frozen. */
export type Carrier = Readonly<Record<string, string>>;

const NONE: Carrier = Object.freeze({});
const LONGEST = 8192;

/** The context as a carrier; empty where no propagator is registered. */
export function inject(core: Core, context: Context): Carrier {
  const carrier: Record<string, string> = {};
  try {
    const answer: unknown = registry()?.propagation?.inject(context, carrier, {
      set: (into: Record<string, string>, key: string, value: string) => {
        into[key] = value;
      },
    });
    swallow(answer);
  } catch (error) {
    core.report('propagator:inject', "the app's propagator threw in inject(): jobs carry no context", error);
    return NONE;
  }
  return Object.freeze(carrier);
}

/** The context of a carrier. Built on an empty one: a worker's loop runs in some caller's context, which is not the job's. */
export function extract(core: Core, carrier: Carrier | undefined): Context {
  if (!carrier) return ROOT;
  try {
    const context = registry()?.propagation?.extract(ROOT, carrier, {
      get: (from: Carrier, key: string) => {
        const value: unknown = from[key];
        return typeof value === 'string' && value.length <= LONGEST ? value : undefined;
      },
      keys: (from: Carrier) => Object.keys(from),
    });
    return typeof context?.getValue === 'function' ? context : ROOT;
  } catch (error) {
    core.report(
      'propagator:extract',
      "the app's propagator threw in extract(): attempts do not find their enqueue",
      error,
    );
    return ROOT;
  }
}

/** The span that a carrier names, if it names a valid one. */
export function spanContextOf(context: Context): SpanContext | undefined {
  try {
    const found = spanOf(context)?.spanContext();
    return found && !/^0*$/.test(found.traceId) && !/^0*$/.test(found.spanId) ? found : undefined;
  } catch {
    return undefined;
  }
}
