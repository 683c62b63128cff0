import { readMsgpack } from './msgpack.js';
import type { Recorded, RecordedSpan } from './recorded.js';
import { together } from './recorded.js';
import type { TakenRequest } from './request.js';

interface DatadogSpan {
  readonly resource: string;
  readonly trace_id: bigint | number;
  readonly span_id: bigint | number;
  readonly parent_id: bigint | number;
  readonly error: number;
  readonly meta: Readonly<Record<string, string>>;
  readonly metrics: Readonly<Record<string, number>>;
  readonly span_events?: readonly { readonly name: string }[];
}

/** Traces as Datadog's agent takes them. Its records and metrics come by OTLP. */
export function readDatadog(requests: readonly TakenRequest[]): Recorded {
  const traces = requests.filter(({ url }) => url === '/v0.4/traces');
  return together(
    traces.map(({ body }) => ({ spans: (readMsgpack(body) as DatadogSpan[][]).flatMap(readTrace) })),
  );
}

function readTrace(spans: readonly DatadogSpan[]): RecordedSpan[] {
  return spans.map((span) => ({
    name: span.resource,
    // The upper half of the id is told on the first span of a trace's part, and is no matter here.
    traceId: span.trace_id.toString(16),
    spanId: span.span_id.toString(16),
    parentSpanId: Number(span.parent_id) === 0 ? undefined : span.parent_id.toString(16),
    attributes: { ...span.meta, ...span.metrics },
    events: eventsOf(span),
    failed: span.error === 1,
  }));
}

/** Events are a field of spans, or a tag that is their JSON where the agent does not say that it knows the field. */
function eventsOf({ meta, span_events }: DatadogSpan): string[] {
  const told = span_events ?? (JSON.parse(meta.events ?? '[]') as { readonly name: string }[]);
  return told.map(({ name }) => name);
}
