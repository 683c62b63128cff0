import { register } from 'node:module';
import { getNodeAutoInstrumentations } from '@opentelemetry/auto-instrumentations-node';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { createSignalbox } from 'signalbox';

register('@opentelemetry/instrumentation/hook.mjs', import.meta.url);

const sdk = new NodeSDK({ instrumentations: [getNodeAutoInstrumentations()] });
sdk.start();
export const box = createSignalbox();

/** Sends what is left. */
export async function stopTelemetry(): Promise<void> {
  await box.shutdown();
  await sdk.shutdown();
}
