import { secondsFrom } from './compare.js';
import type { Attributes, ReceivedEvent, ReceivedSpan } from './otlp-model.js';

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
