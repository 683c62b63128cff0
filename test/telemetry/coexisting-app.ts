import type { Attributes, MeterProvider, Tracer, TracerProvider } from '@opentelemetry/api';
import { context, metrics, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { logs, SeverityNumber } from '@opentelemetry/api-logs';
import type { ExportResult } from '@opentelemetry/core';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import { BatchLogRecordProcessor } from '@opentelemetry/sdk-logs';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { AggregationTemporality, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import type { NodeSDKConfiguration } from '@opentelemetry/sdk-node';
import { NodeSDK } from '@opentelemetry/sdk-node';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { Signalbox } from 'signalbox';
import { defineSignal, field } from 'signalbox';
import { createJobs } from 'signalbox/jobs';
import { pointsOf, resetOtel } from '../support/otel.js';

type Instrumentation = NonNullable<NodeSDKConfiguration['instrumentations']>[number];

export const ORDERED = defineSignal('GOODS_ORDERED', {
  fields: { order: field.id({ attribute: 'order.id' }) },
  metrics: [{ type: 'counter', name: 'goods.ordered', unit: '{order}' }],
});

/** What one run of the app left at its exporters, without what differs from run to run. */
export interface Left {
  readonly spans: readonly object[];
  readonly logs: readonly object[];
  readonly metrics: readonly object[];
}

/** What the app's own scopes left, and what signalbox did. */
export interface Telemetry {
  readonly own: Left;
  readonly ours: Left;
  /** Events that are ours on spans of the app's. */
  readonly eventsOnOwnSpans: readonly string[];
}

function keeping<T>(): {
  readonly kept: T[];
  export(items: T[], done: (result: ExportResult) => void): void;
} {
  const kept: T[] = [];
  return {
    kept,
    export: (items, done) => {
      kept.push(...items);
      done({ code: 0 });
    },
  };
}

const settled = (): Promise<void> => Promise.resolve();

/** An app's HTTP client, as an instrumentation patches it. */
interface Client {
  get(path: string): Promise<number>;
}

function clientInstrumentation(client: Client): Instrumentation {
  let tracer: Tracer = trace.getTracer('app.client');
  let sent = metrics.getMeter('app.client').createCounter('client.requests');
  const get = client.get;
  client.get = (path) =>
    tracer.startActiveSpan(`GET ${path}`, { kind: SpanKind.CLIENT, attributes: { path } }, async (span) => {
      const status = await get(path);
      span.setAttribute('status', status);
      if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR, message: 'server error' });
      sent.add(1, { status });
      span.end();
      return status;
    });
  return {
    instrumentationName: 'app.client',
    instrumentationVersion: '1.0.0',
    enable: () => undefined,
    disable: () => undefined,
    setTracerProvider: (provider: TracerProvider) => {
      tracer = provider.getTracer('app.client');
    },
    setMeterProvider: (provider: MeterProvider) => {
      sent = provider.getMeter('app.client').createCounter('client.requests');
    },
    setConfig: () => undefined,
    getConfig: () => ({ enabled: true }),
  };
}

/** The app: three orders, each with a span, a call by an instrumented client, log records, metrics; the last one fails. */
async function takeOrders(client: Client, box: Signalbox | undefined): Promise<void> {
  const tracer = trace.getTracer('app', '1.2.3');
  const logger = logs.getLogger('app.logger');
  const meter = metrics.getMeter('app');
  const amounts = meter.createHistogram('app.amount', { unit: 'EUR' });
  let open = 0;
  meter.createObservableGauge('app.open').addCallback((result) => result.observe(open));
  const queue = box && createJobs(box).queue('orders');
  for (let n = 1; n <= 3; n++) {
    await tracer.startActiveSpan('order', { attributes: { n } }, async (span) => {
      open++;
      span.addEvent('validated', { n });
      logger.emit({ eventName: 'order.begun', body: `order ${n}`, attributes: { n } });
      box?.emit(ORDERED, { order: `o-${n}` });
      box?.info('in between');
      const status = await client.get(n === 3 ? '/broken' : '/stock');
      const enqueue = queue?.enqueue({ id: `${n}` });
      enqueue?.accepted();
      logger.emit({ body: `status ${status}`, severityNumber: SeverityNumber.INFO, severityText: 'INFO' });
      amounts.record(n * 10, { paid: n < 3 });
      if (status >= 500) span.recordException(new Error('out of stock'));
      if (queue)
        await queue.process(
          { job: { id: `${n}` }, ...(enqueue ? { carrier: enqueue.carrier } : {}), number: 1 },
          () => settled(),
          () => ({ retry: false, reason: 'max_attempts' }),
        );
      span.end();
    });
  }
  await context.with(context.active(), async () => logger.emit({ body: 'closed' }));
}

/** Starts a NodeSDK as the app has it, runs the app, and says what arrived at its exporters. */
export async function runApp(
  given: { readonly box?: Signalbox; readonly used?: boolean; readonly handed?: boolean } = {},
): Promise<Telemetry> {
  const [spans, records, points] = [
    keeping<ReadableSpan>(),
    keeping<ReadableLogRecord>(),
    { kept: [] as ResourceMetrics[] },
  ];
  const client: Client = { get: async (path) => (path === '/broken' ? 503 : 200) };
  const sdk = new NodeSDK({
    serviceName: 'shop',
    resourceDetectors: [],
    traceExporter: { ...spans, shutdown: settled },
    logRecordProcessors: [
      new BatchLogRecordProcessor({ exporter: { ...records, shutdown: settled, forceFlush: settled } }),
    ],
    metricReaders: [
      new PeriodicExportingMetricReader({
        exportIntervalMillis: 3_600_000,
        exporter: {
          export: (metrics, done) => {
            points.kept.push(metrics);
            done({ code: 0 });
          },
          forceFlush: settled,
          shutdown: settled,
          selectAggregationTemporality: () => AggregationTemporality.CUMULATIVE,
        },
      }),
    ],
    views: [{ instrumentName: 'app.amount', name: 'app.amount.viewed' }],
    instrumentations: [
      clientInstrumentation(client),
      ...(given.box && given.handed ? [given.box.instrumentation()] : []),
    ],
  });
  sdk.start();
  try {
    await takeOrders(client, given.used ? given.box : undefined);
    await given.box?.shutdown();
    await sdk.shutdown();
  } finally {
    resetOtel();
  }
  return sorted(spans.kept, records.kept, points.kept);
}

function sorted(
  spans: readonly ReadableSpan[],
  records: readonly ReadableLogRecord[],
  collected: readonly ResourceMetrics[],
): Telemetry {
  const names = new Map(spans.map((span) => [span.spanContext().spanId, span.name]));
  const ours = (scope: string): boolean => scope === 'signalbox';
  const spanOf = (id: string | undefined): string | undefined =>
    id === undefined ? undefined : names.get(id);
  const isOurEvent = (name: string): boolean => name === 'goods.ordered';
  const left = (mine: boolean): Left => ({
    spans: spans
      .filter((span) => ours(span.instrumentationScope.name) === mine)
      .map((span) => ({
        name: span.name,
        kind: span.kind,
        attributes: span.attributes,
        status: span.status,
        parent: spanOf(span.parentSpanContext?.spanId),
        events: span.events
          .filter((event) => mine || !isOurEvent(event.name))
          .map(({ name, attributes }) => ({ name, attributes: withoutStack(attributes) })),
        links: span.links.length,
        dropped: [span.droppedAttributesCount, span.droppedEventsCount, span.droppedLinksCount],
        scope: span.instrumentationScope,
        resource: span.resource.attributes,
      })),
    logs: records
      .filter((record) => ours(record.instrumentationScope.name) === mine)
      .map((record) => ({
        eventName: record.eventName,
        body: record.body,
        severity: [record.severityNumber, record.severityText],
        attributes: record.attributes,
        span: spanOf(record.spanContext?.spanId),
        scope: record.instrumentationScope.name,
        resource: record.resource.attributes,
      })),
    // The last state: shutting the box down flushes the app's reader once more.
    metrics: collected.slice(-1).flatMap((one) =>
      one.scopeMetrics
        .filter(({ scope }) => ours(scope.name) === mine)
        .map(({ scope, metrics: found }) => ({
          scope,
          resource: one.resource.attributes,
          metrics: found.map((metric) => ({ descriptor: metric.descriptor, points: pointsOf(metric) })),
        })),
    ),
  });
  return {
    own: left(false),
    ours: left(true),
    eventsOnOwnSpans: spans
      .filter((span) => !ours(span.instrumentationScope.name))
      .flatMap((span) =>
        span.events.filter((e) => isOurEvent(e.name)).map((e) => `${e.name} on ${span.name}`),
      ),
  };
}

function withoutStack(attributes: Attributes = {}): Attributes {
  const { 'exception.stacktrace': _, ...rest } = attributes;
  return rest;
}
