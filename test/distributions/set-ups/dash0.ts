import { OTLP } from '../otlp-env.js';
import type { SetUp } from '../set-up.js';

export const dash0: SetUp = {
  name: 'dash0',
  title: 'Dash0',
  package: '@dash0/opentelemetry',
  start: '`--require @dash0/opentelemetry`',
  node: 20,
  args: ['--require', '@dash0/opentelemetry'],
  env: { ...OTLP, DASH0_OTEL_COLLECTOR_BASE_URL: '{url}' },
};
