const { getNodeAutoInstrumentations } = require('@opentelemetry/auto-instrumentations-node');
const { HoneycombSDK } = require('@honeycombio/opentelemetry-node');

// Each module that is loaded would be a span.
const instrumentations = getNodeAutoInstrumentations({
  '@opentelemetry/instrumentation-fs': { enabled: false },
});
const sdk = new HoneycombSDK({ instrumentations });
sdk.start();
globalThis.endTelemetry = () => sdk.shutdown();
