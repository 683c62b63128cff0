import type { HrTime, Span } from '@opentelemetry/api';
import type { Leaving, LeavingValues } from '../emission/emission.js';
import { swallow } from '../emission/swallow.js';
import { BySpan } from './by-span.js';

/** Maximum number of ordinary events on one span. The SDK keeps 128 and drops the oldest, which would be the job's start. */
export const ORDINARY_EVENTS = 96;
export const DROPPED_ATTRIBUTE = 'signalbox.span_events.dropped';

/** The attributes of an event that its span does not have already. */
export function beyondSpan(attributes: LeavingValues, spanSays: unknown): LeavingValues {
  if (!(spanSays instanceof Set)) return attributes;
  const own: Record<string, Leaving> = {};
  for (const key of Object.keys(attributes)) if (!spanSays.has(key)) own[key] = attributes[key] as Leaving;
  return own;
}

interface Count {
  kept: number;
  dropped: number;
}

/** Puts signals on spans as events: lifecycle events always, ordinary ones up to a cap, the rest counted on the span. */
export class SpanEvents {
  readonly #counts = new BySpan<Count>();

  /** False if the cap dropped the event. */
  add(span: Span, name: string, attributes: LeavingValues, time: HrTime, lifecycle: boolean): boolean {
    if (!lifecycle && !this.#admit(span)) return false;
    // The span keeps the time array, so it gets a copy.
    const own: HrTime = [time[0], time[1]];
    swallow(span.addEvent(name, attributes as Record<string, string | number | boolean | string[]>, own));
    return true;
  }

  #admit(span: Span): boolean {
    const key = span.spanContext();
    let count = this.#counts.get(key);
    if (!count) {
      count = { kept: 0, dropped: 0 };
      this.#counts.set(key, count);
    }
    if (count.kept < ORDINARY_EVENTS) {
      count.kept++;
      return true;
    }
    count.dropped++;
    swallow(span.setAttribute(DROPPED_ATTRIBUTE, count.dropped));
    return false;
  }
}
