import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const REGISTER = '@opentelemetry/auto-instrumentations-node/register';

/**
 * Starts the app's OpenTelemetry in one of the ways that apps do, which sends by OTLP to where OTEL_EXPORTER_OTLP_ENDPOINT says at that
 * time. Resolves to what shuts it down.
 */
export const STARTS = {
  'node-sdk': async (otel) => {
    const NodeSDK = await otel.loadNodeSdk();
    const sdk = new NodeSDK();
    sdk.start();
    return () => sdk.shutdown();
  },

  register: async (otel) => {
    await otel.load(REGISTER);
    return () => shutdownProviders(otel);
  },

  'by-hand': async (otel) => {
    const { api, logsApi } = otel;
    const { spans, logs, metrics } = await otel.loadOtlp();
    const tracerProvider = new otel.TracerProvider({ spanProcessors: [otel.batchSpanProcessor(spans)] });
    const loggerProvider = new otel.LoggerProvider({ processors: [otel.batchLogProcessor(logs)] });
    const meterProvider = new otel.MeterProvider({ readers: [otel.periodicReader(metrics)] });
    api.context.setGlobalContextManager(new otel.ContextManager().enable());
    api.propagation.setGlobalPropagator(new otel.Propagator());
    api.trace.setGlobalTracerProvider(tracerProvider);
    api.metrics.setGlobalMeterProvider(meterProvider);
    logsApi.setGlobalLoggerProvider(loggerProvider);
    const providers = [tracerProvider, loggerProvider, meterProvider];
    return () => Promise.all(providers.map((provider) => provider.shutdown()));
  },

  'configuration-file': async (otel) => {
    const startNodeSdk = await otel.loadStartNodeSdk();
    const sdk = startNodeSdk();
    return () => sdk.shutdown();
  },
};

/** Where a preload has started it. */
export const PRELOADED = { register: async (otel) => () => shutdownProviders(otel) };

/** Where it is all there and nothing is started. */
export const NEVER = {
  'node-sdk': async (otel) => void new (await otel.loadNodeSdk())(),
  // Preloaded, with OTEL_SDK_DISABLED.
  register: async () => {},
  'by-hand': async (otel) => void new otel.TracerProvider(),
  // With `disabled: true` in the file.
  'configuration-file': async (otel) => void (await otel.loadStartNodeSdk())(),
};

/** Starts a second one in the same way. */
export const START_AGAIN = {
  ...STARTS,
  // An import would give the module that is there.
  register: async (otel) => {
    require(REGISTER);
    return () => shutdownProviders(otel);
  },
};

/** Takes an SDK away, as an app does that is to have another. What starts by being loaded can be loaded anew then. */
export function removeSdk({ api, logsApi }) {
  for (const part of [api.trace, api.metrics, api.context, api.propagation, api.diag, logsApi])
    part.disable();
  delete require.cache[require.resolve(REGISTER)];
}

// What was started by being loaded keeps its SDK to itself.
async function shutdownProviders({ api, logsApi }) {
  const providers = [
    api.trace.getTracerProvider(),
    api.metrics.getMeterProvider(),
    logsApi.getLoggerProvider(),
  ];
  for (const provider of providers) await (provider.getDelegate?.() ?? provider).shutdown?.();
}
