import { OTLP } from '../otlp-env.js';
import type { SetUp } from '../set-up.js';

export const next: SetUp = {
  name: 'next',
  title: 'Next.js',
  package: 'next',
  start: '`instrumentation.js` with `NodeSDK`; the app is a route, bundled with signalbox in it',
  node: 20,
  args: [],
  main: 'serve.mjs',
  prepare: ['node_modules/next/dist/bin/next', 'build'],
  env: { ...OTLP, NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' },
};
