import { register } from 'node:module';
import { getNodeAutoInstrumentations } from '@opentelemetry/auto-instrumentations-node';
import { createSignalbox } from 'signalbox';
import { signalboxInstrumentations } from 'signalbox/instrumentation';

register('@opentelemetry/instrumentation/hook.mjs', import.meta.url);

globalThis.box = createSignalbox();
globalThis.instrumentations = [
  getNodeAutoInstrumentations(),
  ...signalboxInstrumentations(globalThis.box, { bullmq: { types: ['receipt'] } }),
];
await import('./sdk.mjs');
