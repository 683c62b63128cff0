import type { OtlpRequest } from '../../support/otlp-endpoint.js';
import type {
  Attributes,
  OtlpBody,
  OtlpLog,
  OtlpMetric,
  OtlpPoint,
  OtlpScope,
  OtlpSpan,
} from '../../support/otlp-json.js';
import { attributesOf, readValue } from '../../support/otlp-json.js';

/** The scopes that are looked at: the package's, and the app's own. */
const SCOPES = new Set(['signalbox', 'app']);

/** What arrived by OTLP as JSON, in the shapes of the SDK's own in-memory exporters, as far as check/facts.mjs reads them. */
export interface Arrived {
  readonly spans: readonly object[];
  readonly logs: readonly object[];
  /** By scopes, in the last state. */
  readonly metrics: readonly object[];
}

export function asSdk(requests: readonly OtlpRequest[]): Arrived {
  const bodies = requests.map(({ body }) => JSON.parse(body.toString('utf8')) as OtlpBody);
  const spans = bodies.flatMap(({ resourceSpans = [] }) => resourceSpans.flatMap((one) => one.scopeSpans));
  const logs = bodies.flatMap(({ resourceLogs = [] }) => resourceLogs.flatMap((one) => one.scopeLogs));
  const metrics = bodies.flatMap(({ resourceMetrics = [] }) =>
    resourceMetrics.flatMap((one) => one.scopeMetrics),
  );
  return {
    spans: spans.filter(isLookedAt).flatMap(spansOf),
    logs: logs.filter(isLookedAt).flatMap(logsOf),
    metrics: lastOf(metrics.filter(isLookedAt)),
  };
}

function isLookedAt({ scope }: OtlpScope): boolean {
  return SCOPES.has(scope?.name ?? '');
}

/** Of each metric what came last: all is cumulative, and what a box observes is told no more when it is shut down. */
function lastOf(scopes: readonly OtlpScope[]): object[] {
  const names = new Set(scopes.map(({ scope }) => scope?.name));
  return [...names].map((name) => {
    const exported = scopes.filter(({ scope }) => scope?.name === name);
    const metrics = exported.flatMap((one) => one.metrics ?? []);
    const latest = [...new Map(metrics.map((metric) => [metric.name, metric])).values()];
    return { scope: exported[0]?.scope, metrics: latest.map(metricOf) };
  });
}

function spansOf({ scope, spans = [] }: OtlpScope): object[] {
  return spans.map((span: OtlpSpan) => {
    const { traceId, spanId, parentSpanId, startTimeUnixNano: start, endTimeUnixNano: end } = span;
    const message = span.status?.message;
    return {
      name: span.name,
      spanContext: () => ({ traceId, spanId }),
      parentSpanContext: parentSpanId ? { traceId, spanId: parentSpanId } : undefined,
      // OTLP counts kinds from 1.
      kind: span.kind - 1,
      status: { code: span.status?.code ?? 0, ...(message ? { message } : {}) },
      links: (span.links ?? []).map((link) => ({ context: link, attributes: attributesOf(link.attributes) })),
      attributes: attributesOf(span.attributes),
      events: (span.events ?? []).map(({ name, timeUnixNano, attributes }) => ({
        name,
        time: timeOf(timeUnixNano),
        attributes: attributesOf(attributes),
      })),
      startTime: timeOf(start),
      endTime: timeOf(end),
      duration: timeOf(String(BigInt(end) - BigInt(start))),
      instrumentationScope: scope,
    };
  });
}

function logsOf({ scope, logRecords = [] }: OtlpScope): object[] {
  return logRecords.map((log: OtlpLog) => ({
    eventName: log.eventName,
    severityText: log.severityText,
    severityNumber: log.severityNumber,
    body: readValue(log.body),
    spanContext: log.spanId ? { traceId: log.traceId, spanId: log.spanId } : undefined,
    attributes: attributesOf(log.attributes),
    hrTime: timeOf(log.timeUnixNano),
    instrumentationScope: scope,
  }));
}

function metricOf(metric: OtlpMetric): object {
  return {
    descriptor: { name: metric.name, unit: metric.unit ?? '' },
    dataPoints: ((metric.sum ?? metric.gauge ?? metric.histogram)?.dataPoints ?? []).map(pointOf),
  };
}

function pointOf(point: OtlpPoint): { readonly attributes: Attributes; readonly value: unknown } {
  const { explicitBounds: boundaries, count, sum, asDouble, asInt } = point;
  return {
    attributes: attributesOf(point.attributes),
    value: boundaries ? { count: Number(count), sum, buckets: { boundaries } } : Number(asDouble ?? asInt),
  };
}

/** Seconds and nanoseconds. */
function timeOf(nanos: string): [number, number] {
  const all = BigInt(nanos);
  return [Number(all / 1_000_000_000n), Number(all % 1_000_000_000n)];
}
