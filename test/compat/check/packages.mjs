import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** The SDK line that run.sh has installed beside these files: '2' or '3'. */
export const line = process.env.COMPAT_LINE;

export const packageVersion = require('signalbox/package.json').version;

const load = {
  esm: (name) => import(name),
  cjs: async (name) => require(name),
};

/** signalbox as one module format has it; `mixed` is an app whose dependencies bring both. */
export async function loadLibrary(format) {
  const [core, jobs, sinks] = format === 'mixed' ? ['esm', 'cjs', 'cjs'] : [format, format, format];
  return {
    ...(await load[core]('signalbox')),
    ...(await load[jobs]('signalbox/jobs')),
    ...(await load[sinks]('signalbox/sinks')),
    spanEventBridge: (await load[jobs]('signalbox')).spanEventBridge,
  };
}

/** The OpenTelemetry packages of this line. What differs between the lines is said here and nowhere else. */
export async function loadOpenTelemetry(format) {
  const from = load[format];
  const [api, contextManagers, core, instrumentation, logs, metrics, tracing] = await Promise.all([
    from('@opentelemetry/api'),
    from('@opentelemetry/context-async-hooks'),
    from('@opentelemetry/core'),
    from('@opentelemetry/instrumentation'),
    from('@opentelemetry/sdk-logs'),
    from('@opentelemetry/sdk-metrics'),
    from(line === '3' ? '@opentelemetry/sdk-trace' : '@opentelemetry/sdk-trace-node'),
  ]);
  const logsApi = line === '3' ? api.logs : (await from('@opentelemetry/api-logs')).logs;
  return {
    load: from,
    api,
    logsApi,
    ContextManager: contextManagers.AsyncLocalStorageContextManager,
    Propagator: core.W3CTraceContextPropagator,
    registerInstrumentations: instrumentation.registerInstrumentations,
    LoggerProvider: logs.LoggerProvider,
    LogProcessor: logs.SimpleLogRecordProcessor,
    LogExporter: logs.InMemoryLogRecordExporter,
    MeterProvider: metrics.MeterProvider,
    MetricReader: metrics.MetricReader,
    TracerProvider: line === '3' ? tracing.TracerProvider : tracing.NodeTracerProvider,
    SpanExporter: tracing.InMemorySpanExporter,
    spanProcessor: (exporter) => new tracing.SimpleSpanProcessor(line === '3' ? { exporter } : exporter),
    batchSpanProcessor: (exporter) => new tracing.BatchSpanProcessor(line === '3' ? { exporter } : exporter),
    batchLogProcessor: (exporter) => new logs.BatchLogRecordProcessor({ exporter }),
    periodicReader: (exporter) => new metrics.PeriodicExportingMetricReader({ exporter }),
    loadNodeSdk: async () => (await from('@opentelemetry/sdk-node')).NodeSDK,
    loadStartNodeSdk: async () =>
      (await from('@opentelemetry/sdk-node'))[line === '3' ? 'startNodeSdk' : 'startNodeSDK'],
    /** What sends by OTLP over HTTP. */
    loadOtlp: async () => {
      const [spans, records, points] = await Promise.all([
        from('@opentelemetry/exporter-trace-otlp-http'),
        from('@opentelemetry/exporter-logs-otlp-http'),
        from('@opentelemetry/exporter-metrics-otlp-http'),
      ]);
      return {
        spans: new spans.OTLPTraceExporter(),
        logs: new records.OTLPLogExporter(),
        metrics: new points.OTLPMetricExporter(),
      };
    },
  };
}
