import { OTLP } from '../otlp-env.js';
import type { SetUp } from '../set-up.js';

export const autoInstrumentations3: SetUp = {
  name: 'auto-instrumentations-3',
  title: 'OpenTelemetry auto-instrumentations, SDK 3.x',
  package: '@opentelemetry/auto-instrumentations-node',
  start: '`--require …/register`',
  node: 24,
  args: ['--require', '@opentelemetry/auto-instrumentations-node/register'],
  env: OTLP,
};
