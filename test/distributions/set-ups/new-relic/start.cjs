const newrelic = require('newrelic');

// What is measured before it knows its account is not what it sends afterwards.
globalThis.telemetryReady = new Promise((resolve) => newrelic.agent.once('started', resolve));
// A span that is in no transaction is not recorded.
globalThis.aroundWork = (work) =>
  newrelic.getTraceMetadata().traceId ? work() : newrelic.startBackgroundTransaction('order', work);
globalThis.endTelemetry = () =>
  new Promise((resolve) => {
    newrelic.shutdown({ collectPendingData: true, timeout: 20_000 }, resolve);
  }).then(() => process.exit());
