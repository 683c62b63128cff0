import { OTLP } from '../otlp-env.js';
import type { SetUp } from '../set-up.js';

export const elastic: SetUp = {
  name: 'elastic',
  title: 'Elastic (EDOT Node.js)',
  package: '@elastic/opentelemetry-node',
  start: '`--import @elastic/opentelemetry-node`',
  node: 20,
  args: ['--import', '@elastic/opentelemetry-node'],
  env: OTLP,
};
