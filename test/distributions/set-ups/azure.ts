import type { SetUp } from '../set-up.js';

export const azure: SetUp = {
  name: 'azure',
  title: 'Azure Monitor',
  package: '@azure/monitor-opentelemetry',
  start: '`useAzureMonitor({ tracesPerSecond: 0 })`',
  node: 24,
  args: ['--require', './start.cjs'],
  expected: {
    logs: {
      cell: '13 of 14, without event names',
      note: 'It drops the event names of records: `eventNameAttribute: true` sends them as an attribute. A record that has an exception, JOB_FAILED, is an exception there, without the text of the record.',
    },
  },
  notes: [
    'Without `tracesPerSecond: 0` it samples five traces a second and decides anew where a parent is remote: attempts of a sampled enqueue can be missing. `samplingRatio: 1` does not end that.',
    'Each signal on a span shows twice, as a message of the span and as a record. Its own metric `exceptions/count` counts JOB_FAILED.',
  ],
  env: {
    OTEL_SERVICE_NAME: 'shop',
    APPLICATIONINSIGHTS_CONNECTION_STRING:
      'InstrumentationKey=00000000-0000-0000-0000-000000000000;IngestionEndpoint=https://{host}:{secure}/;LiveEndpoint=https://{host}:{secure}/',
    APPLICATION_INSIGHTS_NO_STATSBEAT: 'true',
    APPLICATIONINSIGHTS_SDKSTATS_DISABLED: 'true',
  },
};
