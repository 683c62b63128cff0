import type { HrTime } from '@opentelemetry/api';
import type { TestOtel } from '../../support/otel.js';
import { nanos, pointsOf } from '../../support/otel.js';
import type {
  Attributes,
  Received,
  ReceivedLog,
  ReceivedSeries,
  ReceivedSpan,
} from '../../support/otlp-model.js';

/** What one process told, by its own exporters. */
export interface Recording {
  readonly pid: number;
  /** False of a process that was killed: what it did not export yet is lost, and nothing of it can be counted on. */
  readonly alive: boolean;
  readonly received: Received;
}

/** What in-memory exporters hold, in the shape of what arrives by OTLP. */
export async function recorded(otel: TestOtel): Promise<Recording> {
  const spans: ReceivedSpan[] = otel.spans().map((span) => ({
    traceId: span.spanContext().traceId,
    spanId: span.spanContext().spanId,
    parentSpanId: span.parentSpanContext?.spanId,
    name: span.name,
    // OTLP begins with "unspecified".
    kind: span.kind + 1,
    start: time(span.startTime),
    end: time(span.endTime),
    attributes: { ...span.attributes },
    events: span.events.map((event) => ({
      name: event.name,
      time: time(event.time),
      attributes: { ...event.attributes },
    })),
    links: span.links.map(({ context, attributes }) => ({
      traceId: context.traceId,
      spanId: context.spanId,
      attributes: { ...attributes },
    })),
    status: span.status.code,
    statusMessage: span.status.message,
    scope: span.instrumentationScope.name,
    service: undefined,
  }));
  const logs: ReceivedLog[] = otel.logs().map((record) => ({
    traceId: record.spanContext?.traceId,
    spanId: record.spanContext?.spanId,
    eventName: record.eventName,
    time: time(record.hrTime),
    severity: record.severityNumber ?? 0,
    severityText: record.severityText,
    body: record.body,
    attributes: { ...record.attributes } as Attributes,
    scope: record.instrumentationScope.name,
    service: undefined,
  }));
  const series: ReceivedSeries[] = [];
  for (const [name, metric] of await otel.metrics()) {
    for (const { labels, value, sum } of pointsOf(metric)) {
      series.push({
        metric: name,
        unit: metric.descriptor.unit,
        kind: sum === undefined ? 'sum' : 'histogram',
        monotonic: undefined,
        attributes: { ...labels },
        time: '0',
        value,
        count: value,
        sum: sum ?? 0,
        bounds: [],
        scope: 'signalbox',
        service: undefined,
      });
    }
  }
  return { pid: process.pid, alive: true, received: { spans, logs, series } };
}

function time(moment: HrTime): string {
  return nanos(moment).toString();
}

/** Epoch milliseconds, with fractions. */
export function millis(time: string): number {
  const all = BigInt(time);
  return Number(all / 1_000_000n) + Number(all % 1_000_000n) / 1e6;
}
