import type { Answered, Attributes, Nanos } from './otlp-model.js';

/** What a signal told of what happened. */
export interface Told {
  readonly eventName: string | undefined;
  readonly spanId: string | undefined;
  readonly time: Nanos;
  readonly attributes: Attributes;
}

/**
 * What the signals told: by their log records or, where nobody was asked for those, by their events on the spans. These are the same,
 * but for signals on no span and on spans that had ended when they came.
 */
export function toldBy({ logs, spans }: Answered): readonly Told[] {
  if (logs !== undefined) return logs;
  return spans.flatMap(({ spanId, events }) =>
    events.map(({ name, time, attributes }) => ({ eventName: name, spanId, time, attributes })),
  );
}
