import type { Context, Span, SpanContext } from '@opentelemetry/api';
import type { Inside } from '../delivery/destination.js';
import type { Report } from '../delivery/report.js';
import { owned } from '../emission/text.js';
import type { Clock } from './clock.js';
import { CLOCK_KEY, INSIDE_KEY, ROOT, SPAN_KEY } from './context.js';
import { activeContext } from './context-manager.js';

/** The context of an emit, and what we read from it. */
export interface Where {
  readonly context: Context;
  /** Whether the caller of emit gave the context. */
  readonly isGiven: boolean;
  /** Whether the context is the active one. If that can not be read, it is neither. */
  readonly isActive: boolean;
  /** The clock of the running attempt. */
  readonly clock: Clock | undefined;
  readonly span: Span | undefined;
}

/** Reads the context that an emit was given. If it was given none, or something else, reads the active context. */
export function whereOf(given: unknown, report: Report): Where {
  if (given !== undefined && given !== null) {
    try {
      const where = read(given as Context, true);
      if (where) return where;
      report('context:given', NO_CONTEXT);
    } catch (error) {
      report('context:given', NO_CONTEXT, error);
    }
  }
  try {
    const where = read(activeContext(report), false);
    if (where) return where;
    report('context:active', NOT_ACTIVE);
  } catch (error) {
    report('context:active', NOT_ACTIVE, error);
  }
  return { context: ROOT, isGiven: false, isActive: false, clock: undefined, span: undefined };
}

const NO_CONTEXT =
  'an emit was given a `context` that is no OpenTelemetry context: the active one is taken instead';
const NOT_ACTIVE = "the app's context manager gave a context that can not be read: no active span is seen";

/** Undefined if a key holds something that no context holds there: then it is no context. */
function read(context: Context, isGiven: boolean): Where | undefined {
  if (typeof context.getValue !== 'function' || typeof context.setValue !== 'function') return undefined;
  const clock = context.getValue(CLOCK_KEY) as Clock | undefined;
  const span = context.getValue(SPAN_KEY) as Span | undefined;
  if (clock && typeof clock.now !== 'function') return undefined;
  if (span && typeof span.spanContext !== 'function') return undefined;
  if (isGiven) {
    const inside = context.getValue(INSIDE_KEY) as Inside | undefined;
    if (inside && typeof inside.destinations?.has !== 'function') return undefined;
  }
  return { context, isGiven, isActive: !isGiven, clock, span };
}

export function spanContextOf(span: Span | undefined): SpanContext | undefined {
  try {
    return span?.spanContext();
  } catch {
    return undefined;
  }
}

// A span mostly has several signals in a row, and its ids are copied once.
let lastGiven: SpanContext | undefined;
let lastOwn: SpanContext | undefined;

/** A copy in memory of its own: the ids may be cut from a header, or from the message that brought it. */
export function ownSpanContext(given: SpanContext): SpanContext {
  if (given === lastGiven && lastOwn) return lastOwn;
  lastOwn = copied(given);
  lastGiven = given;
  return lastOwn;
}

function copied(given: SpanContext): SpanContext {
  const { traceId, spanId } = given;
  // A span context that is more than plain data is not copied.
  const isPlain =
    Object.hasOwn(given, 'traceId') && typeof traceId === 'string' && typeof spanId === 'string';
  return isPlain ? { ...given, traceId: owned(traceId), spanId: owned(spanId) } : given;
}
