import type { Context, SpanContext, TextMapPropagator } from '@opentelemetry/api';
import type { Core } from '../box/core.js';
import { swallow } from '../emission/swallow.js';
import { owned } from '../emission/text.js';
import { outside } from '../telemetry/async-root.js';
import { spanOf } from '../telemetry/context.js';
import { registry } from '../telemetry/globals.js';
import { missingPropagator, SILENT, SILENT_PROPAGATOR } from './missing-propagator.js';
import { withNamedSpan } from './non-recording-span.js';
import { writtenOut } from './scalar.js';
import { readTraceContext, writeTraceContext } from './w3c.js';

/** The trace context that travels inside a job: `traceparent`, `tracestate`, `baggage`. Plain strings, JSON-safe, frozen. */
export type Carrier = Readonly<Record<string, string>>;

const NOTHING: Carrier = Object.freeze({});
const LONGEST = 8192;
/** The key under which a box notes that it has reported the missing propagator. */
const REPORTED = 'propagator:none';

const setter = {
  // Some propagators set keys without a value: `undefined` as the state of a trace that has none.
  set: (into: Record<string, string>, key: string, value: unknown) => {
    if (typeof value === 'string') into[key] = writtenOut(value);
    else if (typeof value === 'number') into[key] = String(value);
  },
};
const getter = {
  get: (from: Carrier, key: string) => textAt(from, key),
  keys: (from: Carrier) => Object.keys(from),
};

/** The spans of carriers that do not name them. A caller that gives back the very object is in the same process. */
const spans = new WeakMap<Carrier, SpanContext>();

/** The context as a carrier. Without a registered propagator it is W3C trace context, or empty if the app does not want that. */
export function inject(core: Core, context: Context): Carrier {
  const carrier: Record<string, string> = {};
  const propagator = registry()?.propagation;
  try {
    if (propagator) {
      injectBy(core, propagator, context, carrier);
      // Some propagators write only inside of what their vendor calls a transaction, so they may write later.
      if (namesTrace(carrier)) core.shared.delete(SILENT);
      else if (spanContextOf(context)) reportSilent(core, propagator);
    } else injectAlone(core, spanContextOf(context), carrier);
  } catch (error) {
    core.report('propagator:inject', "the app's propagator threw in inject(): jobs carry no context", error);
    for (const key of Object.keys(carrier)) delete carrier[key];
  }
  Object.freeze(carrier);
  const unnamed = namesTrace(carrier) ? undefined : spanContextOf(context);
  if (unnamed) spans.set(carrier, unnamed);
  return carrier;
}

function reportSilent(core: Core, propagator: TextMapPropagator): void {
  if (core.shared.get(SILENT) === propagator) return;
  core.shared.set(SILENT, propagator);
  core.report(SILENT, SILENT_PROPAGATOR);
}

// Some propagators inject only the active context, and some context managers activate a copy: give the propagator the copy that is active.
function injectBy(
  core: Core,
  propagator: TextMapPropagator,
  context: Context,
  into: Record<string, string>,
): void {
  const injecting = (): void => {
    const active = core.activeContext();
    const isSame = active === context || isOfOneSpan(active, context);
    swallow(propagator.inject(isSame ? active : context, into, setter));
  };
  // Activating a context is expensive, and mostly it is active already.
  if (core.activeContext() === context) injecting();
  else core.runIn(context, injecting);
}

function injectAlone(core: Core, span: SpanContext | undefined, into: Record<string, string>): void {
  if (!span) return;
  if (core.propagation === 'w3c') writeTraceContext(span, into);
  if (core.shared.has(REPORTED)) return;
  core.shared.set(REPORTED, true);
  core.report('propagator:none', missingPropagator(core.propagation));
}

/** The context of a carrier, built on an empty context: the active one of a worker's loop belongs to another caller. */
export function extract(core: Core, carrier: Carrier | undefined): Context {
  const given = isCarrier(carrier) ? carrier : NOTHING;
  const context = extractBy(core, registry()?.propagation, given);
  const remembered = spans.get(given);
  return remembered && !spanContextOf(context) ? withNamedSpan(context, remembered) : context;
}

function extractBy(core: Core, propagator: TextMapPropagator | undefined, carrier: Carrier): Context {
  const root = core.rootContext();
  const extracting = (): Context => {
    try {
      if (!propagator) {
        const span = core.propagation === 'w3c' ? readAlone(carrier) : undefined;
        return span ? withNamedSpan(root, span) : root;
      }
      const context = propagator.extract(root, carrier, getter);
      if (typeof context?.getValue === 'function') return context;
      swallow(context);
    } catch (error) {
      core.report(
        'propagator:extract',
        "the app's propagator threw in extract(): attempts do not find their enqueue",
        error,
      );
    }
    return root;
  };
  // Some propagators fall back to the active context for what a carrier lacks.
  return core.activeContext() === root ? extracting() : outside(extracting);
}

function readAlone(carrier: Carrier): SpanContext | undefined {
  return readTraceContext(textAt(carrier, 'traceparent'), textAt(carrier, 'tracestate'));
}

// Copies the text: the attempt's memory keeps it, and it may be a slice of a message.
function textAt(carrier: Carrier, key: string): string | undefined {
  const value: unknown = carrier[key];
  return typeof value === 'string' && value.length <= LONGEST ? owned(value) : undefined;
}

/** Whether a carrier is empty and this process keeps no span for it either. */
export function isEmpty(carrier: Carrier): boolean {
  try {
    for (const _ in carrier) return false;
    return !spans.has(carrier);
  } catch {
    // A carrier that can not be read may hold anything.
    return false;
  }
}

/** Whether a carrier may name the span that it comes from. A carrier with baggage alone names none. */
export function namesTrace(carrier: Carrier | undefined): boolean {
  try {
    if (isCarrier(carrier)) for (const key in carrier) if (key !== 'baggage') return true;
  } catch {
    // A carrier that can not be read names no span.
  }
  return false;
}

// A job's data may hold any value in the carrier's place. A string, for one, has as many keys as letters.
function isCarrier(given: Carrier | undefined): given is Carrier {
  return typeof given === 'object' && given !== null;
}

/** The span that a context holds, if it holds a valid one. */
export function spanContextOf(context: Context): SpanContext | undefined {
  try {
    const found = spanOf(context)?.spanContext();
    return found && isId(found.traceId) && isId(found.spanId) ? found : undefined;
  } catch {
    return undefined;
  }
}

const ZERO = 48;

function isId(id: string): boolean {
  // Few ids begin with a zero.
  const first = typeof id === 'string' ? id.charCodeAt(0) : ZERO;
  return first > ZERO || !/^0*$/.test(id);
}

function isOfOneSpan(one: Context, other: Context): boolean {
  const [a, b] = [spanContextOf(one), spanContextOf(other)];
  return a?.spanId === b?.spanId && a?.traceId === b?.traceId;
}
