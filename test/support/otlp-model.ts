import type { OtlpRequest } from './otlp-endpoint.js';
import type { Attributes, OtlpAttribute, OtlpBody, OtlpPoint, OtlpScope } from './otlp-json.js';
import { attributesOf, readValue } from './otlp-json.js';

export type { Attributes } from './otlp-json.js';

/** A moment: epoch nanoseconds as they stand on the wire, which no number holds. */
export type Nanos = string;

export interface ReceivedEvent {
  name: string;
  time: Nanos;
  attributes: Attributes;
}

export interface ReceivedLink {
  traceId: string;
  spanId: string;
  /** Undefined where who tells of the link has no place for them. */
  attributes: Attributes | undefined;
}

export interface ReceivedSpan {
  traceId: string;
  spanId: string;
  parentSpanId: string | undefined;
  name: string;
  kind: number;
  start: Nanos;
  end: Nanos;
  attributes: Attributes;
  events: ReceivedEvent[];
  links: ReceivedLink[];
  /** 0 unset, 1 ok, 2 error. */
  status: number;
  statusMessage: string | undefined;
  scope: string;
  service: unknown;
}

export interface ReceivedLog {
  traceId: string | undefined;
  spanId: string | undefined;
  eventName: string | undefined;
  time: Nanos;
  severity: number;
  severityText: string | undefined;
  body: unknown;
  attributes: Attributes;
  scope: string;
  service: unknown;
}

/** The last state of one series of one metric. */
export interface ReceivedSeries {
  metric: string;
  unit: string | undefined;
  kind: 'sum' | 'gauge' | 'histogram';
  monotonic: boolean | undefined;
  attributes: Attributes;
  time: Nanos;
  /** Of a sum or gauge. */
  value: number;
  /** Of a histogram. */
  count: number;
  sum: number;
  bounds: readonly number[];
  /** Undefined where who tells of the series has no place for it. */
  scope: string | undefined;
  service: unknown;
}

/** Everything that arrived, flat. */
export interface Received {
  spans: ReceivedSpan[];
  logs: ReceivedLog[];
  series: ReceivedSeries[];
}

const DELTA = 1;

/** Flattens requests of OTLP JSON. Of the metrics the last state counts; deltas are added up. */
export function readOtlp(requests: readonly OtlpRequest[]): Received {
  const spans: ReceivedSpan[] = [];
  const logs: ReceivedLog[] = [];
  const series = new Map<string, ReceivedSeries>();
  for (const { body: text } of requests) {
    const body = JSON.parse(text.toString('utf8')) as OtlpBody;
    for (const { resource, scopeSpans = [] } of body.resourceSpans ?? []) {
      for (const scoped of scopeSpans) spans.push(...readSpans(scoped, serviceOf(resource?.attributes)));
    }
    for (const { resource, scopeLogs = [] } of body.resourceLogs ?? []) {
      for (const scoped of scopeLogs) logs.push(...readLogs(scoped, serviceOf(resource?.attributes)));
    }
    for (const { resource, scopeMetrics = [] } of body.resourceMetrics ?? []) {
      for (const scoped of scopeMetrics) readMetrics(scoped, serviceOf(resource?.attributes), series);
    }
  }
  return { spans, logs, series: [...series.values()] };
}

function serviceOf(attributes: readonly OtlpAttribute[] | undefined): unknown {
  return attributesOf(attributes)['service.name'];
}

function readSpans({ scope, spans = [] }: OtlpScope, service: unknown): ReceivedSpan[] {
  return spans.map((span) => ({
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId || undefined,
    name: span.name,
    kind: span.kind,
    start: span.startTimeUnixNano,
    end: span.endTimeUnixNano,
    attributes: attributesOf(span.attributes),
    events: (span.events ?? []).map(({ name, timeUnixNano, attributes }) => ({
      name,
      time: timeUnixNano,
      attributes: attributesOf(attributes),
    })),
    links: (span.links ?? []).map(({ traceId, spanId, attributes }) => ({
      traceId,
      spanId,
      attributes: attributesOf(attributes),
    })),
    status: span.status?.code ?? 0,
    statusMessage: span.status?.message,
    scope: scope?.name ?? '',
    service,
  }));
}

/** The records of one scope. */
export function readLogs({ scope, logRecords = [] }: OtlpScope, service: unknown): ReceivedLog[] {
  return logRecords.map((log) => ({
    traceId: log.traceId || undefined,
    spanId: log.spanId || undefined,
    eventName: log.eventName || undefined,
    time: log.timeUnixNano,
    severity: log.severityNumber ?? 0,
    severityText: log.severityText,
    body: readValue(log.body),
    attributes: attributesOf(log.attributes),
    scope: scope?.name ?? '',
    service,
  }));
}

function readMetrics(
  { scope, metrics = [] }: OtlpScope,
  service: unknown,
  series: Map<string, ReceivedSeries>,
): void {
  for (const { name, unit, sum, gauge, histogram } of metrics) {
    const kind = sum ? 'sum' : gauge ? 'gauge' : 'histogram';
    const data = sum ?? gauge ?? histogram;
    for (const point of data?.dataPoints ?? []) {
      const read: ReceivedSeries = {
        metric: name,
        unit: unit || undefined,
        kind,
        monotonic: sum?.isMonotonic,
        ...readPoint(point),
        scope: scope?.name ?? '',
        service,
      };
      const key = JSON.stringify([service, read.scope, name, Object.entries(read.attributes).sort()]);
      const known = series.get(key);
      if (known !== undefined && (sum ?? histogram)?.aggregationTemporality === DELTA) add(known, read);
      else if (known === undefined || BigInt(read.time) >= BigInt(known.time)) series.set(key, read);
    }
  }
}

function readPoint(
  point: OtlpPoint,
): Pick<ReceivedSeries, 'attributes' | 'time' | 'value' | 'count' | 'sum' | 'bounds'> {
  return {
    attributes: attributesOf(point.attributes),
    time: point.timeUnixNano,
    value: Number(point.asDouble ?? point.asInt ?? 0),
    count: Number(point.count ?? 0),
    sum: point.sum ?? 0,
    bounds: point.explicitBounds ?? [],
  };
}

function add(known: ReceivedSeries, delta: ReceivedSeries): void {
  known.value += delta.value;
  known.count += delta.count;
  known.sum += delta.sum;
  known.time = delta.time;
}
