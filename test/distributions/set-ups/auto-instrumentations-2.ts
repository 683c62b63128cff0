import { OTLP } from '../otlp-env.js';
import type { SetUp } from '../set-up.js';

export const autoInstrumentations2: SetUp = {
  name: 'auto-instrumentations-2',
  title: 'OpenTelemetry auto-instrumentations, SDK 2.x',
  package: '@opentelemetry/auto-instrumentations-node',
  start: '`--require …/register`',
  node: 20,
  args: ['--require', '@opentelemetry/auto-instrumentations-node/register'],
  env: OTLP,
};
