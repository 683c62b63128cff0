import type { Recorded, RecordedLog, RecordedSpan } from './recorded.js';
import { together } from './recorded.js';
import type { TakenRequest } from './request.js';

type Json = Readonly<Record<string, unknown>>;

/** What it says of a span itself, what the app says, and what the agent does. */
type SpanEvent = readonly [Json, Json, Json];

/** What New Relic's collector is called with: spans and records. Metrics come by OTLP. */
export function readNewRelic(requests: readonly TakenRequest[]): Recorded {
  return together(
    requests.map(({ url, body }) => {
      const method = new URL(url, 'http://recorder').searchParams.get('method');
      if (method === 'span_event_data') return readSpans(payload(body) as [string, Json, SpanEvent[]]);
      if (method === 'log_event_data') return { logs: readLogs(payload(body) as [{ logs: Json[] }]) };
      return {};
    }),
  );
}

function payload(body: Buffer): unknown {
  return JSON.parse(body.toString('utf8'));
}

/** Events of spans are told beside the spans, with the id of theirs. */
function readSpans([, , told]: readonly [string, Json, readonly SpanEvent[]]): Partial<Recorded> {
  const events = told.filter(([{ type }]) => type === 'SpanEvent');
  return {
    spans: told
      .filter(([{ type }]) => type === 'Span')
      .map((span) =>
        spanOf(
          span,
          events.filter(([event]) => event['span.id'] === span[0].guid).map(([event]) => String(event.name)),
        ),
      ),
  };
}

function spanOf([itself, app, agent]: SpanEvent, events: readonly string[]): RecordedSpan {
  return {
    name: String(itself.name),
    traceId: String(itself.traceId),
    spanId: String(itself.guid),
    parentSpanId: itself.parentId === undefined ? undefined : String(itself.parentId),
    attributes: { ...agent, ...app },
    events,
    failed: 'error.class' in agent,
  };
}

function readLogs([{ logs }]: readonly [{ readonly logs: readonly Json[] }]): RecordedLog[] {
  return logs.map(({ message, ...attributes }) => ({
    body: String(message),
    eventName: undefined,
    traceId: attributes['trace.id'] === undefined ? undefined : String(attributes['trace.id']),
    attributes,
  }));
}
