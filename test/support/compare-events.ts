import type { Case } from './compare.js';
import type { Attributes, ReceivedSpan } from './otlp-model.js';

/** An event says nothing else than the span that it is on, and no other next attempt than the next. */
export function compareEventAttributes({ received, claim }: Case): void {
  for (const span of received.spans) {
    for (const { name, attributes } of span.events) {
      const about = `the event ${name} on '${span.name}' of ${span.attributes['job.id']}`;
      for (const [key, wanted] of Object.entries(impliedBy(span))) {
        const told = attributes[key];
        claim(
          told === undefined || told === wanted,
          () => `${about} has ${key} ${told}, and the span ${wanted}`,
        );
      }
    }
  }
}

/** What an event on a span can say only so. */
function impliedBy({ attributes, events, status, statusMessage }: ReceivedSpan): Attributes {
  const number = attributes['job.attempt.number'];
  return {
    ...attributes,
    ...(number === undefined ? {} : { 'job.next_attempt.number': Number(number) + 1 }),
    ...(status === 0 ? {} : { 'exception.message': statusMessage }),
    'job.will_retry': events.some(({ name }) => name === 'job.retrying'),
  };
}
