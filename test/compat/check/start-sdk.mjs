/**
 * Starts the app's own OpenTelemetry in one of the ways that apps do.
 *
 * `globals`: providers built by hand and registered; `instrumentation`: providers built by hand, registered nowhere, handed to
 * `box.instrumentation()`; `node-sdk`: NodeSDK, which registers; `node-sdk-instrumentation`: NodeSDK that is also given it.
 */
export async function startSdk(otel, wiring, { instrumentation, logRecordProcessors = [] }) {
  const spanExporter = new otel.SpanExporter();
  const logExporter = new otel.LogExporter();
  const reader = new (class extends otel.MetricReader {
    async onForceFlush() {}
    async onShutdown() {}
  })();
  const pipelines = {
    spanProcessors: [otel.spanProcessor(spanExporter)],
    logProcessors: [...logRecordProcessors, new otel.LogProcessor({ exporter: logExporter })],
    reader,
  };
  const start = wiring.startsWith('node-sdk') ? startNodeSdk : startByHand;
  const { tracer, shutdown } = await start(otel, wiring, pipelines, instrumentation);
  return {
    tracer,
    shutdown,
    spans: () => spanExporter.getFinishedSpans(),
    logs: () => logExporter.getFinishedLogRecords(),
    metrics: async () => {
      const { resourceMetrics, errors } = await reader.collect();
      if (errors.length > 0) throw errors[0];
      return resourceMetrics.scopeMetrics;
    },
  };
}

async function startNodeSdk(otel, wiring, { spanProcessors, logProcessors, reader }, instrumentation) {
  const NodeSDK = await otel.loadNodeSdk();
  const sdk = new NodeSDK({
    spanProcessors,
    logRecordProcessors: logProcessors,
    metricReaders: [reader],
    instrumentations: wiring === 'node-sdk-instrumentation' ? [instrumentation()] : [],
  });
  sdk.start();
  return { tracer: otel.api.trace.getTracer('app'), shutdown: () => sdk.shutdown() };
}

async function startByHand(otel, wiring, { spanProcessors, logProcessors, reader }, instrumentation) {
  const { api, logsApi } = otel;
  const tracerProvider = new otel.TracerProvider({ spanProcessors });
  const loggerProvider = new otel.LoggerProvider({ processors: logProcessors });
  const meterProvider = new otel.MeterProvider({ readers: [reader] });
  api.context.setGlobalContextManager(new otel.ContextManager().enable());
  api.propagation.setGlobalPropagator(new otel.Propagator());
  if (wiring === 'globals') {
    api.trace.setGlobalTracerProvider(tracerProvider);
    api.metrics.setGlobalMeterProvider(meterProvider);
    logsApi.setGlobalLoggerProvider(loggerProvider);
  } else {
    const instrumentations = [instrumentation()];
    otel.registerInstrumentations({ instrumentations, tracerProvider, loggerProvider, meterProvider });
  }
  return {
    tracer: tracerProvider.getTracer('app'),
    shutdown: () =>
      Promise.all([tracerProvider.shutdown(), loggerProvider.shutdown(), meterProvider.shutdown()]),
  };
}
