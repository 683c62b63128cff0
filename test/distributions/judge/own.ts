import type { Recorded, RecordedSpan } from '../recorder/recorded.js';
import { isOurMetric, OUR_BODIES, OUR_EVENTS } from './expected.js';
import { isOurs, parentOf } from './roles.js';

/** The span that the handler of the job makes. */
const HANDLER = 'send mail';

/** What the process says of itself, more or less of it in each run. */
const OF_THE_PROCESS = /^(v8js|nodejs|process|runtime|system|otel)\./;

/** What Azure makes of all that passes through it. */
const DERIVED = new Set(['exceptions/count']);

/**
 * What is not the same in what the app and its distribution tell of themselves, without signalbox and with it.
 *
 * @param around A span that the app makes around its work where no attempt is.
 */
export function differences(without: Recorded, observed: Recorded, around?: string): string[] {
  const before = ownOf(without, around);
  const after = ownOf(observed, around);
  return [
    ...lacking(before, after).map((item) => `without signalbox alone: ${item}`),
    ...lacking(after, before).map((item) => `with signalbox alone: ${item}`),
  ];
}

function lacking(items: readonly string[], others: readonly string[]): string[] {
  const left = [...others];
  return items.filter((item) => {
    const at = left.indexOf(item);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

function ownOf(recorded: Recorded, around: string | undefined): string[] {
  return [...spans(recorded, around), ...logs(recorded), ...metrics(recorded)];
}

function spans(recorded: Recorded, around: string | undefined): string[] {
  const isOwn = (span: RecordedSpan): boolean => !isOurs(span) && span.name !== around;
  return recorded.spans.filter(isOwn).map((span) => {
    const parent = parentOf(recorded, span);
    return JSON.stringify({
      span: nameOf(span),
      // The handler's is in an attempt, where there is one.
      in: parent && isOwn(parent) && span.name !== HANDLER ? nameOf(parent) : undefined,
      failed: span.failed,
      items: span.attributes['order.items'],
      events: span.events.filter((event) => !OUR_EVENTS.has(event)),
    });
  });
}

/** Some call a span by its address, and each run has ports of its own. */
function nameOf({ name }: RecordedSpan): string {
  return name.replace(/:\d{4,5}\b/, '');
}

function logs(recorded: Recorded): string[] {
  return recorded.logs
    .filter(({ body }) => !OUR_BODIES.has(body))
    .map(({ body, eventName, traceId, attributes }) =>
      JSON.stringify({ log: body, eventName, traced: traceId !== undefined, items: attributes.items }),
    );
}

// Of the app's own instrument all that it has, of the distribution's which there are: some count what signalbox flushes, too.
function metrics(recorded: Recorded): string[] {
  const told = recorded.metrics.filter(
    ({ name }) => !isOurMetric(name) && !OF_THE_PROCESS.test(name) && !DERIVED.has(name),
  );
  return told
    .map(({ name, value, attributes }) =>
      JSON.stringify({ metric: name, ...(name === 'shop.orders' ? { value, of: attributes.channel } : {}) }),
    )
    .filter((item, at, all) => all.indexOf(item) === at);
}
