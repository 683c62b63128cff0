import type { SetUp } from '../set-up.js';

const OFF = {
  cell: 'no',
  note: '`Sentry.init()` alone sets up no OpenTelemetry. What the app itself sends by OpenTelemetry goes nowhere either, and `describe()` says so.',
};
const SPANS_ALONE = {
  cell: 'no',
  note: 'It takes spans alone: it registers no LoggerProvider and no MeterProvider, and `describe()` says so.',
};
const NO_EVENTS = { cell: 'no', note: 'It drops span events.' };

const common = {
  folder: 'sentry-11',
  package: '@sentry/node',
  node: 24,
  env: { RECORDER_DSN: 'http://00000000@{host}:{port}/1' },
} as const;

export const sentry11: SetUp = {
  ...common,
  name: 'sentry-11',
  title: 'Sentry 11',
  start: '`Sentry.init()`',
  args: ['--import', './start.mjs'],
  expected: { logs: OFF, spanEvents: OFF, trace: OFF, metrics: OFF },
};

export const sentry11OpenTelemetry: SetUp = {
  ...common,
  name: 'sentry-11-opentelemetry',
  title: 'Sentry 11, with OpenTelemetry',
  start: '`Sentry.init({ enableOpenTelemetrySetup: true })`',
  args: ['--import', './start-opentelemetry.mjs'],
  expected: { logs: SPANS_ALONE, spanEvents: NO_EVENTS, metrics: SPANS_ALONE },
};
