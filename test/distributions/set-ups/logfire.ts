import { OTLP } from '../otlp-env.js';
import type { SetUp } from '../set-up.js';

export const logfire: SetUp = {
  name: 'logfire',
  title: 'Pydantic Logfire',
  package: '@pydantic/logfire-node',
  start: '`logfire.configure()`',
  node: 24,
  args: ['--import', './start.mjs'],
  notes: ['It exports a span that is still open too, as a copy (`pending_span`), which does not count here.'],
  env: { ...OTLP, LOGFIRE_TOKEN: '00000000', LOGFIRE_BASE_URL: '{url}' },
};
