#!/usr/bin/env bash
# OpenTelemetry JS instrumentations share one hook over `require`, which the first of them starts. What the process requires after that is
# handed to the instrumentations that are there then, once: one that is made later never gets it, though the app requires the module
# again afterwards and the instrumentation is enabled. So any instrumentation in a preload hides `http` from the app's own SDK, whose HTTP
# instrumentation then makes no span, without a word. Without the first instrumentation the same app has its span: its own HTTP
# instrumentation starts the hook, and the next `require` of `http` is handed to it, however often the module was required before.
set -u
packages='@opentelemetry/instrumentation@0.223.0 @opentelemetry/instrumentation-http@0.223.0 @opentelemetry/sdk-trace-base@2.12.0 @opentelemetry/context-async-hooks@2.12.0 @opentelemetry/api@1.9.1'
directory=$(mktemp -d) || exit 2
trap 'rm -rf "$directory"' EXIT
cd "$directory" || exit 2
npm install --silent --no-audit --no-fund --ignore-scripts $packages >/dev/null 2>&1 || { echo "could not install $packages"; exit 2; }
cat >try.cjs <<'JS'
const { InstrumentationBase } = require('@opentelemetry/instrumentation');
// A preload: an instrumentation of something else. Its author knows nothing of HTTP.
class Other extends InstrumentationBase {
  init() {
    return [];
  }
}
if (process.argv[2] === 'with another before') new Other('other', '1.0.0', {});
// Anything that needs HTTP, as an exporter does.
require('http');
// The app's own SDK.
const { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } = require('@opentelemetry/sdk-trace-base');
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
const instrumentation = new HttpInstrumentation();
instrumentation.setTracerProvider(provider);
const http = require('http');
const server = http.createServer((_, response) => response.end('ok'));
server.listen(0, '127.0.0.1', () => {
  http.get({ host: '127.0.0.1', port: server.address().port }, (response) => {
    response.resume().on('end', () => {
      server.close(() => {
        console.log(`${process.argv[2]}: ${exporter.getFinishedSpans().length} spans`);
        process.exit();
      });
    });
  });
});
JS
seen=$(node try.cjs 'alone' && node try.cjs 'with another before') || { echo "could not be run"; exit 2; }
echo "$packages"
echo "$seen"
expected='alone: 2 spans
with another before: 0 spans'
if [ "$seen" = "$expected" ]; then echo 'as seen'; exit 0; fi
echo 'changed'
exit 1
