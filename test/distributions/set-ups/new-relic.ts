import type { SetUp } from '../set-up.js';

export const newRelic: SetUp = {
  name: 'new-relic',
  title: 'New Relic',
  package: 'newrelic',
  start: '`--require newrelic`, `NEW_RELIC_OPENTELEMETRY_ENABLED`',
  node: 24,
  args: ['--require', './start.cjs'],
  around: 'OtherTransaction/Nodejs/order',
  expected: {
    logs: {
      cell: 'without event names',
      note: 'It drops the event names of records: `eventNameAttribute: true` sends them as an attribute.',
    },
  },
  notes: [
    'It records spans in transactions alone. An attempt is one: a handler needs no `startBackgroundTransaction`. One that is started there all the same is a trace of its own, and what happens in the attempt after it is no event of the span.',
    'It counts errors by `exception` events alone: `exceptionEvents: true`.',
  ],
  env: {
    NEW_RELIC_NO_CONFIG_FILE: 'true',
    NEW_RELIC_APP_NAME: 'shop',
    NEW_RELIC_LICENSE_KEY: '0000000000000000000000000000000000000000',
    NEW_RELIC_HOST: '{host}',
    NEW_RELIC_PORT: '{secure}',
    NEW_RELIC_OPENTELEMETRY_ENABLED: 'true',
    NEW_RELIC_LOG: 'stdout',
    NEW_RELIC_LOG_LEVEL: 'warn',
    NEW_RELIC_UTILIZATION_DETECT_AWS: 'false',
    NEW_RELIC_UTILIZATION_DETECT_AZURE: 'false',
    NEW_RELIC_UTILIZATION_DETECT_AZUREFUNCTION: 'false',
    NEW_RELIC_UTILIZATION_DETECT_GCP: 'false',
    NEW_RELIC_UTILIZATION_DETECT_PCF: 'false',
    NEW_RELIC_UTILIZATION_DETECT_KUBERNETES: 'false',
    NEW_RELIC_UTILIZATION_DETECT_DOCKER: 'false',
  },
};
