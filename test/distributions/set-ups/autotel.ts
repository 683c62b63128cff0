import { OTLP } from '../otlp-env.js';
import type { SetUp } from '../set-up.js';

export const autotel: SetUp = {
  name: 'autotel',
  title: 'autotel',
  package: 'autotel',
  start: '`init()`',
  node: 24,
  args: ['--import', './start.mjs'],
  env: OTLP,
};
