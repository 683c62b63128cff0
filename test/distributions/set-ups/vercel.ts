import { OTLP } from '../otlp-env.js';
import type { SetUp } from '../set-up.js';

export const vercel: SetUp = {
  name: 'vercel',
  title: 'Vercel',
  package: '@vercel/otel',
  start: '`registerOTel({ logRecordProcessors, metricReaders, … })`',
  node: 20,
  args: ['--require', './start.cjs'],
  env: OTLP,
};
