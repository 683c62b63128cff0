import type { Recorded, RecordedSpan } from '../recorder/recorded.js';

/** Vendors write ids in their own ways: some tell the lower half of a trace's alone, or leave zeros in front away. */
export function sameId(id: string | undefined): string | undefined {
  return id?.padStart(16, '0').slice(-16);
}

export function isOurs({ attributes }: RecordedSpan): boolean {
  return attributes['messaging.system.name'] === 'signalbox';
}

/** What a span is in the scenario, however its distribution calls it; its name where it is none of ours. */
export function roleOf(span: RecordedSpan): string {
  if (!isOurs(span)) return span.name;
  const { attributes } = span;
  return attributes['messaging.operation.name'] === 'enqueue'
    ? 'enqueue'
    : `attempt ${attributes['job.attempt.number']}`;
}

/** The span that a span is in, where it was recorded. */
export function parentOf({ spans }: Recorded, { parentSpanId }: RecordedSpan): RecordedSpan | undefined {
  if (parentSpanId === undefined) return undefined;
  return spans.find(({ spanId }) => sameId(spanId) === sameId(parentSpanId));
}
