#!/usr/bin/env bash
# A counter or histogram of OpenTelemetry JS's metrics SDK whose sum passes the largest double is exported as OTLP/JSON `null`, in a
# field that has to be a number: two finite measurements are enough, and every later export of the process holds it again.
set -u
packages='@opentelemetry/sdk-metrics@2.12.0 @opentelemetry/otlp-transformer@0.223.0 @opentelemetry/api@1.9.1'
directory=$(mktemp -d) || exit 2
trap 'rm -rf "$directory"' EXIT
cd "$directory" || exit 2
npm install --silent --no-audit --no-fund --ignore-scripts $packages >/dev/null 2>&1 || { echo "could not install $packages"; exit 2; }
cat >try.cjs <<'JS'
const { InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } = require('@opentelemetry/sdk-metrics');
const { JsonMetricsSerializer } = require('@opentelemetry/otlp-transformer');
const reader = new PeriodicExportingMetricReader({ exporter: new InMemoryMetricExporter(1), exportIntervalMillis: 60_000 });
const meter = new MeterProvider({ readers: [reader] }).getMeter('m');
const counter = meter.createCounter('c');
const histogram = meter.createHistogram('h');
for (let i = 0; i < 2; i++) {
  counter.add(1.7e308);
  histogram.record(1.7e308);
}
reader.collect().then(({ resourceMetrics }) => {
  const json = new TextDecoder().decode(JsonMetricsSerializer.serializeRequest(resourceMetrics));
  console.log(`counter    ${/"asDouble":[^,}]*/.exec(json)?.[0]}`);
  console.log(`histogram  ${/"sum":[^,{}]*(?=,)/.exec(json)?.[0]}`);
  process.exit();
});
JS
seen=$(node try.cjs) || { echo "could not be run"; exit 2; }
echo "$packages"
echo "$seen"
expected='counter    "asDouble":null
histogram  "sum":null'
if [ "$seen" = "$expected" ]; then echo 'as seen'; exit 0; fi
echo 'changed'
exit 1
