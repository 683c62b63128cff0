import { context, metrics, propagation, trace } from '@opentelemetry/api';
import { logs } from '@opentelemetry/api-logs';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';

const ok = (_items: unknown, done: (result: { code: number }) => void): void => done({ code: 0 });
const nothing = { export: ok, shutdown: async () => {}, forceFlush: async () => {} };
const queue = { maxQueueSize: 1 << 20, scheduledDelayMillis: 50 };
/** Longer than any run: what is measured is collected by `flush`, once a round. */
const NEVER_MILLIS = 3_600_000;

/** An app's SDK, the global one, whose exporters take everything and do nothing. */
export interface BenchOtel {
  /** Hands over all that waits, metrics too: what is left to do is part of what a round costs. */
  flush(): Promise<void>;
}

export function startOtel(): BenchOtel {
  const tracers = new BasicTracerProvider({ spanProcessors: [new BatchSpanProcessor(nothing, queue)] });
  const loggers = new LoggerProvider({
    processors: [new BatchLogRecordProcessor({ exporter: nothing, ...queue })],
  });
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const meters = new MeterProvider({
    readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: NEVER_MILLIS })],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(tracers);
  logs.setGlobalLoggerProvider(loggers);
  metrics.setGlobalMeterProvider(meters);
  return {
    flush: async () => {
      await Promise.all([tracers.forceFlush(), loggers.forceFlush(), meters.forceFlush()]);
      exporter.reset();
    },
  };
}
