const tracer = require('dd-trace').init();
// Else each export of the app's own SDK is a span of Datadog's.
tracer.use('http', { client: { blocklist: /\/v1\/(traces|logs|metrics)$/ } });
const { NodeSDK } = require('@opentelemetry/sdk-node');

const sdk = new NodeSDK();
sdk.start();
globalThis.endTelemetry = () => sdk.shutdown();
