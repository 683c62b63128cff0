const { play } = require('./scenario.cjs');

// What a set-up's own file has to do before and after, where there is something.
Promise.resolve(globalThis.telemetryReady)
  .then(() => play())
  .then(() => globalThis.endTelemetry?.())
  .catch((error) => {
    console.error(error);
    process.exitCode = 1;
  });
