import type { SetUp } from '../set-up.js';

export const configurationFile: SetUp = {
  name: 'configuration-file',
  title: 'OpenTelemetry configuration file',
  package: '@opentelemetry/sdk-node',
  start: '`startNodeSdk()` with `OTEL_CONFIG_FILE`',
  node: 24,
  args: ['--require', './start.cjs'],
  env: { OTEL_CONFIG_FILE: 'otel.yaml', RECORDER: '{url}' },
};
