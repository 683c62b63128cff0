import type { Attributes, ContextManager, HrTime, TextMapPropagator } from '@opentelemetry/api';
import { context, DiagLogLevel, diag, metrics, propagation, trace } from '@opentelemetry/api';
import { logs } from '@opentelemetry/api-logs';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import type { LogRecordProcessor, ReadableLogRecord } from '@opentelemetry/sdk-logs';
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import type { MetricData, ViewOptions } from '@opentelemetry/sdk-metrics';
import { DataPointType, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import type { ReadableSpan, Sampler, SpanLimits, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';

/** Parts of an app's SDK that differ from test to test. */
export interface TestOtelOptions {
  /** Before the in-memory exporter, in this order. */
  readonly logProcessors?: readonly LogRecordProcessor[];
  readonly spanProcessors?: readonly SpanProcessor[];
  readonly sampler?: Sampler;
  readonly spanLimits?: SpanLimits;
  readonly views?: readonly ViewOptions[];
  /** Default: one on AsyncLocalStorage. `null`: none. */
  readonly contextManager?: ContextManager | null;
  /** Default: W3C trace context and baggage. */
  readonly propagator?: TextMapPropagator;
}

class OnDemandReader extends MetricReader {
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }
  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }
}

/** One point of a metric, of whatever kind. */
export interface Point {
  readonly labels: Attributes;
  /** Sum or last value; of a histogram its count. */
  readonly value: number;
  /** Of a histogram alone. */
  readonly sum?: number | undefined;
  readonly boundaries?: readonly number[];
  readonly counts?: readonly number[];
}

/** An app's own OpenTelemetry SDK, all of it in memory. */
export class TestOtel {
  readonly tracerProvider: BasicTracerProvider;
  readonly meterProvider: MeterProvider;
  readonly loggerProvider: LoggerProvider;
  readonly #spans = new InMemorySpanExporter();
  readonly #logs = new InMemoryLogRecordExporter();
  readonly #reader = new OnDemandReader();
  readonly #options: TestOtelOptions;

  constructor(options: TestOtelOptions = {}) {
    this.#options = options;
    const { sampler, spanLimits } = options;
    this.tracerProvider = new BasicTracerProvider({
      spanProcessors: [...(options.spanProcessors ?? []), new SimpleSpanProcessor(this.#spans)],
      ...(sampler ? { sampler } : {}),
      ...(spanLimits ? { spanLimits } : {}),
    });
    this.loggerProvider = new LoggerProvider({
      processors: [...(options.logProcessors ?? []), new SimpleLogRecordProcessor({ exporter: this.#logs })],
    });
    this.meterProvider = new MeterProvider({ readers: [this.#reader], views: [...(options.views ?? [])] });
  }

  /** Makes it the global one, as `NodeSDK.start()` does. */
  register(): this {
    const { contextManager, propagator } = this.#options;
    trace.setGlobalTracerProvider(this.tracerProvider);
    metrics.setGlobalMeterProvider(this.meterProvider);
    logs.setGlobalLoggerProvider(this.loggerProvider);
    if (contextManager !== null)
      context.setGlobalContextManager(contextManager ?? new AsyncLocalStorageContextManager().enable());
    propagation.setGlobalPropagator(
      propagator ??
        new CompositePropagator({
          propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()],
        }),
    );
    return this;
  }

  logs(eventName?: string): ReadableLogRecord[] {
    const all = this.#logs.getFinishedLogRecords();
    return eventName === undefined ? [...all] : all.filter((record) => record.eventName === eventName);
  }

  /** Spans that have ended, in the order of their ends. */
  spans(name?: string): ReadableSpan[] {
    const all = this.#spans.getFinishedSpans();
    return name === undefined ? [...all] : all.filter((span) => span.name === name);
  }

  /** All metrics of all scopes, by name. */
  async metrics(options?: { timeoutMillis: number }): Promise<Map<string, MetricData>> {
    const { resourceMetrics } = await this.#reader.collect(options);
    return new Map(resourceMetrics.scopeMetrics.flatMap((s) => s.metrics).map((m) => [m.descriptor.name, m]));
  }

  /** The points of all metrics of that name: libraries share some, each in a scope of its own. */
  async points(name: string): Promise<Point[]> {
    const { resourceMetrics } = await this.#reader.collect();
    const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
    return metrics.filter((metric) => metric.descriptor.name === name).flatMap(pointsOf);
  }

  async shutdown(): Promise<void> {
    await Promise.all([
      this.tracerProvider.shutdown(),
      this.loggerProvider.shutdown(),
      this.meterProvider.shutdown(),
    ]);
  }
}

export function pointsOf(metric: MetricData): Point[] {
  if (metric.dataPointType === DataPointType.HISTOGRAM) {
    return metric.dataPoints.map(({ attributes, value }) => ({
      labels: attributes,
      value: value.count,
      sum: value.sum,
      boundaries: value.buckets.boundaries,
      counts: value.buckets.counts,
    }));
  }
  if (metric.dataPointType === DataPointType.EXPONENTIAL_HISTOGRAM)
    return metric.dataPoints.map(({ attributes, value }) => ({ labels: attributes, value: value.count }));
  return metric.dataPoints.map(({ attributes, value }) => ({ labels: attributes, value }));
}

/** Starts an SDK and makes it the global one. */
export function startOtel(options?: TestOtelOptions): TestOtel {
  return new TestOtel(options).register();
}

/** Takes everything global away again: call it after each test. */
export function resetOtel(): void {
  trace.disable();
  metrics.disable();
  logs.disable();
  context.disable();
  propagation.disable();
  diag.disable();
  forgetWriters();
}

/** What a test measures is no continuation of what the one before it did. */
export function forgetWriters(): void {
  delete (globalThis as Record<symbol, unknown>)[Symbol.for('signalbox.writers.1')];
}

/** What the library tells through `diag`; what the SDK tells there is left out. */
export function recordDiag(): string[] {
  const told: string[] = [];
  const keep = (message: string): void => {
    if (message.startsWith('signalbox: ')) told.push(message);
  };
  const ignore = (): void => undefined;
  diag.setLogger(
    { error: keep, warn: keep, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.ALL, suppressOverrideMessage: true },
  );
  return told;
}

/** Nanoseconds since the epoch: times compare exactly. */
export function nanos([seconds, fraction]: HrTime): bigint {
  return BigInt(seconds) * 1_000_000_000n + BigInt(fraction);
}
