import { NodeSDK } from '@opentelemetry/sdk-node';

const sdk = new NodeSDK();
sdk.start();
globalThis.endTelemetry = () => sdk.shutdown();
