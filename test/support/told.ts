import { secondsFrom } from './compare.js';
import type { Answered, Attributes, Nanos, ReceivedEvent, ReceivedSpan } from './otlp-model.js';

/** What a signal told of what happened. */
export interface Told {
  readonly eventName: string | undefined;
  readonly spanId: string | undefined;
  readonly time: Nanos;
  readonly attributes: Attributes;
}

/**
 * What the signals told: by their log records or, where nobody was asked for those, by their events on the spans, with what the spans say.
 * These are the same, but for signals on no span and on spans that had ended when they came.
 */
export function toldBy({ logs, spans }: Answered): readonly Told[] {
  if (logs !== undefined) return logs;
  return spans.flatMap((span) =>
    span.events.map((event) => ({
      eventName: event.name,
      spanId: span.spanId,
      time: event.time,
      attributes: { ...impliedBy(span, event), ...event.attributes },
    })),
  );
}

/** What a span says in place of the events on it: the events of job signals leave that out. */
export function impliedBy(span: ReceivedSpan, { name }: Pick<ReceivedEvent, 'name'>): Attributes {
  if (!name.startsWith('job.')) return {};
  const { attributes } = span;
  return {
    ...attributes,
    'job.attempts': attributes['job.attempt.number'],
    'job.duration': secondsFrom(span.start, span.end),
  };
}
