import type { SetUp } from '../set-up.js';

export const ddTrace: SetUp = {
  name: 'dd-trace',
  title: 'Datadog',
  package: 'dd-trace',
  start: '`tracer.init()`, its `TracerProvider`, `DD_LOGS_OTEL_ENABLED`, `DD_METRICS_OTEL_ENABLED`',
  node: 24,
  args: ['--require', './start.cjs'],
  env: {
    DD_SERVICE: 'shop',
    DD_TRACE_AGENT_URL: '{url}',
    DD_DOGSTATSD_HOST: '{host}',
    DD_LOGS_OTEL_ENABLED: 'true',
    DD_METRICS_OTEL_ENABLED: 'true',
    DD_INSTRUMENTATION_TELEMETRY_ENABLED: 'false',
    DD_REMOTE_CONFIGURATION_ENABLED: 'false',
    OTEL_EXPORTER_OTLP_ENDPOINT: '{url}',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
    OTEL_METRIC_EXPORT_INTERVAL: '1000',
  },
  expected: {
    logs: {
      cell: 'without event names',
      note: 'It drops the event names of records: `eventNameAttribute: true` sends them as an attribute.',
    },
  },
  notes: [
    'It sends metrics by a timer that does not keep the process, and its MeterProvider has no `forceFlush`: a process that ends before has sent none.',
  ],
};
