import type { SetUp } from '../set-up.js';

const SPANS_ALONE = {
  cell: 'no',
  note: 'It takes spans alone: it registers no LoggerProvider and no MeterProvider, and `describe()` says so.',
};
const NO_EVENTS = { cell: 'no', note: 'It drops span events.' };

export const sentry10: SetUp = {
  name: 'sentry-10',
  title: 'Sentry 10',
  package: '@sentry/node',
  start: '`Sentry.init()`',
  node: 20,
  args: ['--import', './start.mjs'],
  expected: { logs: SPANS_ALONE, spanEvents: NO_EVENTS, metrics: SPANS_ALONE },
  env: { RECORDER_DSN: 'http://00000000@{host}:{port}/1' },
};
