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
/** Under which a box keeps that it has said that there is no propagator. */
const REPORTED = 'propagator:none';

const setter = {
  // Some propagators set what they do not have: `undefined` for the state of a trace that has none.
  set: (into: Record<string, string>, key: string, value: unknown) => {
    if (typeof value === 'string') into[key] = writtenOut(value);
    else if (typeof value === 'number') into[key] = String(value);
  },
};
const getter = {
  get: (from: Carrier, key: string) => textAt(from, key),
  keys: (from: Carrier) => Object.keys(from),
};

/** Carriers that say nothing of their span, and the span all the same: whoever gives back the very object is in the same process. */
const spans = new WeakMap<Carrier, SpanContext>();

/** The context as a carrier. Where no propagator is registered it is W3C trace context, or empty where that is not wanted. */
export function inject(core: Core, context: Context): Carrier {
  const carrier: Record<string, string> = {};
  const propagator = registry()?.propagation;
  try {
    if (propagator) {
      injectBy(core, propagator, context, carrier);
      // Some write nothing outside of what their vendor calls a transaction, and do later.
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

// Some propagators serve the active context alone, and some managers make a copy active: what they say is active there is given to them.
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
  // Going into a context is dear, and mostly it is the active one.
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

/** The context of a carrier. Built on an empty one: a worker's loop runs in some caller's context, which is not the job's. */
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
  // Some propagators take what is active for what they are not given.
  return core.activeContext() === root ? extracting() : outside(extracting);
}

function readAlone(carrier: Carrier): SpanContext | undefined {
  return readTraceContext(textAt(carrier, 'traceparent'), textAt(carrier, 'tracestate'));
}

// In memory of its own: what is read of it is remembered with the attempt, and it may be cut from a message.
function textAt(carrier: Carrier, key: string): string | undefined {
  const value: unknown = carrier[key];
  return typeof value === 'string' && value.length <= LONGEST ? owned(value) : undefined;
}

/** Whether it says nothing, and no span is kept for it here either. */
export function isEmpty(carrier: Carrier): boolean {
  try {
    for (const _ in carrier) return false;
    return !spans.has(carrier);
  } catch {
    // What can not be read may say anything.
    return false;
  }
}

/** Whether a carrier may say of which span it comes: baggage alone does not. */
export function namesTrace(carrier: Carrier | undefined): boolean {
  try {
    if (isCarrier(carrier)) for (const key in carrier) if (key !== 'baggage') return true;
  } catch {
    // What can not be read names nothing.
  }
  return false;
}

// A job's data may hold anything in its place: a text has as many keys as letters.
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
  // Few begin with a zero.
  const first = typeof id === 'string' ? id.charCodeAt(0) : ZERO;
  return first > ZERO || !/^0*$/.test(id);
}

function isOfOneSpan(one: Context, other: Context): boolean {
  const [a, b] = [spanContextOf(one), spanContextOf(other)];
  return a?.spanId === b?.spanId && a?.traceId === b?.traceId;
}
