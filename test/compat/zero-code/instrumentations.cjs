const { getNodeAutoInstrumentations } = require('@opentelemetry/auto-instrumentations-node');
const { createSignalbox } = require('signalbox');
const { signalboxInstrumentations } = require('signalbox/instrumentation');

globalThis.box = createSignalbox();
globalThis.instrumentations = [
  getNodeAutoInstrumentations(),
  ...signalboxInstrumentations(globalThis.box, { bullmq: { types: ['receipt'] } }),
];
require('./sdk.cjs');
