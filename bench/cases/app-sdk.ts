import { context, metrics, propagation, trace } from '@opentelemetry/api';
import { logs } from '@opentelemetry/api-logs';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import {
  AggregationTemporality,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';

const HOUR_MILLIS = 3_600_000;
const QUEUE = { maxQueueSize: 1 << 20, scheduledDelayMillis: 50 };

const ok = (_items: unknown, done: (result: { code: number }) => void): void => done({ code: 0 });

/** An exporter that takes everything and does nothing. */
export const nothing = { export: ok, shutdown: async () => {}, forceFlush: async () => {} };

export const noMetrics = {
  ...nothing,
  selectAggregationTemporality: (): AggregationTemporality => AggregationTemporality.CUMULATIVE,
};

export interface AppSdk {
  readonly loggers: LoggerProvider;
  /** How many log records its exporter was given. */
  logged(): number;
  /** Has everything that was logged so far handed to the exporter. */
  flushLogs(): Promise<void>;
  /** The same of log records and spans. */
  flush(): Promise<void>;
}

export interface AppMeters {
  readonly provider: MeterProvider;
  /** Collects and exports once, as the reader of an app does every minute. */
  collect(): Promise<void>;
}

/** Metrics of the app's SDK, collected when it is asked to. */
export function appMeters(): AppMeters {
  const reader = new PeriodicExportingMetricReader({
    exporter: noMetrics,
    exportIntervalMillis: HOUR_MILLIS,
    exportTimeoutMillis: HOUR_MILLIS,
  });
  return { provider: new MeterProvider({ readers: [reader] }), collect: () => reader.forceFlush() };
}

/**
 * Registers the app's own OpenTelemetry. Its spans are recorded; they are exported where a row measures what a span costs too, which is
 * so where jobs are run.
 */
export function startAppSdk(given: { meters: AppMeters; exportSpans?: boolean }): AppSdk {
  let logged = 0;
  const exporter = {
    ...nothing,
    export: (records: readonly unknown[], done: (result: { code: number }) => void): void => {
      logged += records.length;
      done({ code: 0 });
    },
  };
  const processor = new BatchLogRecordProcessor({ exporter, ...QUEUE });
  const loggers = new LoggerProvider({ processors: [processor] });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  const spanProcessors = given.exportSpans ? [new BatchSpanProcessor(nothing, QUEUE)] : [];
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors }));
  logs.setGlobalLoggerProvider(loggers);
  metrics.setGlobalMeterProvider(given.meters.provider);
  return {
    loggers,
    logged: () => logged,
    flushLogs: () => processor.forceFlush(),
    flush: async () => {
      await Promise.all([processor, ...spanProcessors].map((each) => each.forceFlush()));
    },
  };
}
