import type { Attributes, ReceivedLink, ReceivedSpan } from '../../support/otlp-model.js';
import { ask } from './ask.js';
import type { RunKey } from './run.js';
import type { Slice } from './slices.js';
import { readSlices } from './slices.js';

// Well below what the store can give at once, so that the slicing is used in every run.
const LIMIT = 400;

/** What `GET /api/traces` answers, as far as it is read. */
export interface JaegerAnswer {
  data: JaegerTrace[];
  errors: { readonly msg: string }[] | null;
}

export interface JaegerTrace {
  traceID: string;
  spans: JaegerSpan[];
  processes: Record<string, { serviceName: string; tags: JaegerTag[] }>;
}

export interface JaegerSpan {
  traceID: string;
  spanID: string;
  operationName: string;
  references: { refType: string; traceID: string; spanID: string }[];
  /** Epoch microseconds. */
  startTime: number;
  /** Microseconds. */
  duration: number;
  tags: JaegerTag[];
  logs: { timestamp: number; fields: JaegerTag[] }[];
  processID: string;
}

export interface JaegerTag {
  key: string;
  type: string;
  value: unknown;
}

/** What Jaeger keeps as tags and OpenTelemetry as fields of its own. */
const OF_THE_SPAN: ReadonlySet<string> = new Set([
  'span.kind',
  'error',
  'otel.scope.name',
  'otel.scope.version',
  'otel.status_code',
  'otel.status_description',
]);

const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];
const STATUSES = ['UNSET', 'OK', 'ERROR'];

/** All traces of one process. */
export async function askJaeger(url: string, run: RunKey): Promise<JaegerTrace[]> {
  const tags = JSON.stringify({ 'service.instance.id': run.instance });
  const read = async ({ from, to }: Slice): Promise<JaegerTrace[]> => {
    const answer = await ask<JaegerAnswer>(`${url}/api/traces`, {
      service: run.service,
      tags,
      start: String(from),
      end: String(to),
      limit: String(LIMIT),
    });
    if (answer.errors?.length) throw new Error(`Jaeger answers: ${answer.errors.map(({ msg }) => msg)}`);
    return answer.data;
  };
  const all = { from: micros(run.fromMillis), to: micros(run.toMillis) };
  const traces = await readSlices(all, LIMIT, read);
  // A trace that reaches over the edge of a slice is in two answers, whole in each.
  return [...new Map(traces.map((trace) => [trace.traceID, trace])).values()];
}

/**
 * The spans of Jaeger's traces as they were sent, but for the attributes of links, which Jaeger has no place for: they are undefined.
 */
export function readJaeger(traces: readonly JaegerTrace[]): ReceivedSpan[] {
  return traces.flatMap(({ spans, processes }) =>
    spans.map((span) => readSpan(span, processes[span.processID]?.serviceName)),
  );
}

function readSpan(span: JaegerSpan, service: string | undefined): ReceivedSpan {
  const tags = valuesOf(span.tags);
  const parent = span.references.find(
    ({ refType, traceID }) => refType === 'CHILD_OF' && traceID === span.traceID,
  );
  const message = tags['otel.status_description'];
  return {
    traceId: span.traceID,
    spanId: span.spanID,
    parentSpanId: parent?.spanID,
    name: span.operationName,
    kind: KINDS.indexOf(String(tags['span.kind'] ?? 'unspecified')),
    start: nanos(span.startTime),
    end: nanos(span.startTime + span.duration),
    attributes: Object.fromEntries(Object.entries(tags).filter(([key]) => !OF_THE_SPAN.has(key))),
    events: span.logs.map(({ timestamp, fields }) => {
      const { event, ...attributes } = valuesOf(fields);
      return { name: String(event), time: nanos(timestamp), attributes };
    }),
    links: span.references.filter(({ refType }) => refType === 'FOLLOWS_FROM').map(readLink),
    status: STATUSES.indexOf(String(tags['otel.status_code'] ?? 'UNSET')),
    statusMessage: message === undefined ? undefined : String(message),
    scope: String(tags['otel.scope.name'] ?? ''),
    service,
  };
}

function readLink({ traceID, spanID }: JaegerSpan['references'][number]): ReceivedLink {
  return { traceId: traceID, spanId: spanID, attributes: undefined };
}

function valuesOf(tags: readonly JaegerTag[]): Attributes {
  return Object.fromEntries(tags.map(({ key, value }) => [key, value]));
}

function micros(millis: number): bigint {
  return BigInt(Math.trunc(millis)) * 1000n;
}

function nanos(epochMicros: number): string {
  return String(BigInt(epochMicros) * 1000n);
}
