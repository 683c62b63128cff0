import * as Sentry from '@sentry/node';

Sentry.init({
  dsn: process.env.RECORDER_DSN,
  tracesSampleRate: 1,
  enableLogs: true,
  enableOpenTelemetrySetup: true,
});
globalThis.endTelemetry = () => Sentry.close(5_000);
