// One cell of the table, in a process of its own: globals and module copies are what is tested. Prints the facts as JSON.
import { readFacts } from './facts.mjs';
import { loadLibrary, loadOpenTelemetry, packageVersion } from './packages.mjs';
import { createApp, placeOrder } from './scenario.mjs';
import { startSdk } from './start-sdk.mjs';

const {
  library: libraryFormat,
  sdk: sdkFormat,
  first,
  wiring,
  spanEvents,
  bridged,
} = JSON.parse(process.argv[2]);

let library;
let app;
const theApp = () => {
  app ??= createApp(library, spanEvents);
  return app;
};

if (first === 'box') {
  library = await loadLibrary(libraryFormat);
  theApp().box.emit(app.APP_BOOTED);
}
const otel = await loadOpenTelemetry(sdkFormat);
library ??= await loadLibrary(libraryFormat);
const sdk = await startSdk(otel, wiring, {
  instrumentation: () => theApp().box.instrumentation(),
  logRecordProcessors: bridged ? [library.spanEventBridge()] : [],
});
if (first === 'sdk') theApp().box.emit(app.APP_BOOTED);

let during;
const returned = await placeOrder(app, sdk.tracer, otel.api, async () => {
  during = await sdk.metrics();
});
await app.box.forceFlush();
const facts = readFacts({
  version: packageVersion,
  returned,
  during,
  spans: sdk.spans(),
  logs: sdk.logs(),
  metrics: await sdk.metrics(),
  emissions: app.emissions,
  problems: app.box.describe().problems,
  stats: app.box.stats(),
});
await sdk.shutdown();
app.box.emit(app.APP_BOOTED);
facts.shutdown = await app.box.shutdown();
process.stdout.write(JSON.stringify(facts));
