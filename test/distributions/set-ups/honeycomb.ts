import { OTLP } from '../otlp-env.js';
import type { SetUp } from '../set-up.js';

export const honeycomb: SetUp = {
  name: 'honeycomb',
  title: 'Honeycomb, with api 1.8',
  package: '@honeycombio/opentelemetry-node',
  start: '`new HoneycombSDK({ instrumentations })`',
  node: 20,
  args: ['--require', './start.cjs'],
  expected: {
    logs: { cell: 'no', note: 'It has no logs: it registers no LoggerProvider, and `describe()` says so.' },
  },
  env: {
    ...OTLP,
    HONEYCOMB_API_KEY: '00000000000000000000000000000000',
    HONEYCOMB_API_ENDPOINT: '{url}',
    HONEYCOMB_METRICS_DATASET: 'shop',
  },
};
