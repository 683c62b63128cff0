const { startNodeSdk } = require('@opentelemetry/sdk-node');

const sdk = startNodeSdk();
globalThis.endTelemetry = () => sdk.shutdown();
