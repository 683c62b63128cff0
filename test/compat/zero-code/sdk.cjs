// The app's own OpenTelemetry, which it sends by OTLP.
const { NodeSDK } = require('@opentelemetry/sdk-node');

const sdk = new NodeSDK({ instrumentations: globalThis.instrumentations ?? [] });
sdk.start();
globalThis.endTelemetry = () => sdk.shutdown();
