#!/usr/bin/env bash
# The cardinality limit of OpenTelemetry JS's metrics SDK (2000 series an instrument) holds between two collections only: with a
# cumulative reader and 1500 new label sets a collection the series pile up past it, and no overflow series appears.
set -u
packages='@opentelemetry/sdk-metrics@2.12.0 @opentelemetry/api@1.9.1'
directory=$(mktemp -d) || exit 2
trap 'rm -rf "$directory"' EXIT
cd "$directory" || exit 2
npm install --silent --no-audit --no-fund --ignore-scripts $packages >/dev/null 2>&1 || { echo "could not install $packages"; exit 2; }
cat >try.cjs <<'JS'
const { InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } = require('@opentelemetry/sdk-metrics');
const reader = new PeriodicExportingMetricReader({ exporter: new InMemoryMetricExporter(1), exportIntervalMillis: 60_000 });
const counter = new MeterProvider({ readers: [reader] }).getMeter('m').createCounter('c');
(async () => {
  const sizes = [];
  let overflow = 'none';
  for (let round = 0; round < 4; round++) {
    for (let i = 0; i < 1500; i++) counter.add(1, { id: `${round}-${i}` });
    const { dataPoints } = (await reader.collect()).resourceMetrics.scopeMetrics[0].metrics[0];
    sizes.push(`${dataPoints.length} series`);
    if (dataPoints.some(({ attributes }) => attributes['otel.metric.overflow'])) overflow = 'there';
  }
  console.log(`1500 new label sets a collection: ${sizes.join(', ')}; overflow series: ${overflow}`);
  process.exit();
})();
JS
seen=$(node try.cjs) || { echo "could not be run"; exit 2; }
echo "$packages"
echo "$seen"
expected='1500 new label sets a collection: 1500 series, 3000 series, 4500 series, 6000 series; overflow series: none'
if [ "$seen" = "$expected" ]; then echo 'as seen'; exit 0; fi
echo 'changed'
exit 1
