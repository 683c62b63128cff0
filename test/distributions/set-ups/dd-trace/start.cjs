const { subscribe } = require('node:diagnostics_channel');
const tracer = require('dd-trace').init();

new tracer.TracerProvider().register();

// Its metrics leave by a timer alone, which does not keep the process: one that ends before has sent none.
globalThis.untilTelemetryLeft = async () => {
  const kept = setInterval(() => {}, 60_000);
  await new Promise((resolve) => {
    const begun = new Set();
    subscribe('http.client.request.start', ({ request }) => {
      if (request.path === '/v1/metrics') begun.add(request);
    });
    subscribe('http.client.response.finish', ({ request }) => {
      if (begun.has(request)) resolve();
    });
  });
  clearInterval(kept);
};
