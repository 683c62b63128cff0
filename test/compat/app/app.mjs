// The app of a cell of the matrix, in a process of its own. Its telemetry goes where the environment says; what its box says of itself
// is printed as JSON: a round for each SDK that it saw.
import { loadLibrary, loadOpenTelemetry, packageVersion } from '../check/packages.mjs';
import { createApp, placeOrder } from '../check/scenario.mjs';
import { NEVER, PRELOADED, removeSdk, START_AGAIN, STARTS } from './starts.mjs';

const { format, sdk, start, preloaded } = JSON.parse(process.argv[2]);
const rounds = [];
let app;
let told = 0;

async function makeApp() {
  app = createApp(await loadLibrary(format), 'direct');
  app.box.emit(app.APP_BOOTED);
}

/** Plays the scenario, and notes what the box says since the round before. */
async function play({ api }) {
  const returned = await placeOrder(app, api.trace.getTracer('app'), api, async () => {});
  await app.box.forceFlush();
  const emissions = app.emissions
    .slice(told)
    .map(({ signal, severity, fields: { to }, spanId, traceId }) => ({
      signal,
      severity,
      fields: { to },
      spanId,
      traceId,
    }));
  told = app.emissions.length;
  rounds.push({ returned, emissions, problems: app.box.describe().problems, stats: app.box.stats() });
}

if (sdk === 'after') await makeApp();
const otel = await loadOpenTelemetry(format);
const starts = sdk === 'never' ? NEVER : preloaded ? PRELOADED : STARTS;
let shutdownSdk = await starts[start](otel);
if (sdk !== 'after') await makeApp();
await play(otel);

if (sdk === 'replaced') {
  await shutdownSdk();
  removeSdk(otel);
  app.box.emit(app.APP_BOOTED);
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = process.env.SECOND_ENDPOINT;
  shutdownSdk = await START_AGAIN[start](otel);
  await play(otel);
}
const shutdown = await app.box.shutdown();
await shutdownSdk?.();
process.stdout.write(JSON.stringify({ version: packageVersion, rounds, shutdown }));
