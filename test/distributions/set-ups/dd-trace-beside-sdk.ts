import { OTLP } from '../otlp-env.js';
import type { SetUp } from '../set-up.js';

// Where it is set, Datadog's own spans leave by OTLP too; the app's SDK does so without it.
const { OTEL_TRACES_EXPORTER: _, ...SETTINGS } = OTLP;

export const ddTraceBesideSdk: SetUp = {
  name: 'dd-trace-beside-sdk',
  title: 'Datadog, beside an SDK of the app',
  package: 'dd-trace',
  start: "`tracer.init()`, then the app's `new NodeSDK().start()`",
  node: 24,
  args: ['--require', './start.cjs'],
  env: {
    ...SETTINGS,
    DD_SERVICE: 'shop',
    DD_TRACE_AGENT_URL: '{url}',
    DD_DOGSTATSD_HOST: '{host}',
    DD_INSTRUMENTATION_TELEMETRY_ENABLED: 'false',
    DD_REMOTE_CONFIGURATION_ENABLED: 'false',
  },
  notes: [
    "It makes a span of each request by which the app's SDK exports, unless `tracer.use('http', { client: { blocklist } })` leaves these out; with `OTEL_TRACES_EXPORTER=otlp` its own spans leave by OTLP too.",
  ],
};
