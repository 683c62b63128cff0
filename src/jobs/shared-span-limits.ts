import type { Context, Link } from '@opentelemetry/api';
import { valueIn, withValue } from '../telemetry/context.js';
import { spanContextOf } from './carrier.js';
import { withNamedSpan } from './non-recording-span.js';

/** Jobs on one span at most that are events on it: of more there are records alone, and the span has their number. */
const MOST_EVENTS = 64;
/** Links of one span at most: as many as SDKs keep by default. */
const LINKS = 128;

const CROWD_KEY = Symbol.for('signalbox.crowd');

/** Whether so many jobs share a span that none of them is an event on it. */
export function isCrowd(jobs: number | undefined): boolean {
  return jobs !== undefined && jobs > MOST_EVENTS;
}

/** The context of the same span, in which what is emitted is no event on it. */
export function recordsOnly(context: Context): Context {
  const span = spanContextOf(context);
  return span ? withNamedSpan(context, span) : context;
}

/** The context, saying that a crowd shares its span. */
export function crowded(context: Context): Context {
  const span = spanContextOf(context);
  return span ? withValue(context, CROWD_KEY, span.spanId) : context;
}

/** Whether a crowd shares the span of the context. */
export function isCrowded(context: Context): boolean {
  const span = spanContextOf(context);
  return span !== undefined && valueIn(context, CROWD_KEY) === span.spanId;
}

/** As many links as a span takes, and how many there are beyond them. */
export function boundedLinks(links: readonly Link[]): { readonly kept: Link[]; readonly dropped: number } {
  return { kept: links.slice(0, LINKS), dropped: Math.max(0, links.length - LINKS) };
}
