// As sdk.cjs.
import { NodeSDK } from '@opentelemetry/sdk-node';

const sdk = new NodeSDK({ instrumentations: globalThis.instrumentations ?? [] });
sdk.start();
globalThis.endTelemetry = () => sdk.shutdown();
