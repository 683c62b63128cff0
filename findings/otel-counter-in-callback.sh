#!/usr/bin/env bash
# A counter of OpenTelemetry JS's metrics SDK that an observable's callback increments (a gauge that counts how often it could not be
# read) is exported with a start later than its end: the SDK takes the end of a collection before it calls the callbacks, and the start of
# a new point when its first value comes. Cumulative, that is the first point of a series; with delta temporality, which suits push
# backends, every point of a series that was idle in the collection before. A point may not begin after its end by OTLP.
set -u
packages='@opentelemetry/sdk-metrics@2.12.0 @opentelemetry/api@1.9.1'
directory=$(mktemp -d) || exit 2
trap 'rm -rf "$directory"' EXIT
cd "$directory" || exit 2
npm install --silent --no-audit --no-fund --ignore-scripts $packages >/dev/null 2>&1 || { echo "could not install $packages"; exit 2; }
cat >try.cjs <<'JS'
const { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } = require('@opentelemetry/sdk-metrics');
const nanos = ([seconds, rest]) => BigInt(seconds) * 1_000_000_000n + BigInt(rest);
async function points(temporality) {
  const exporter = new InMemoryMetricExporter(temporality);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 60_000 });
  const meter = new MeterProvider({ readers: [reader] }).getMeter('m');
  const failures = meter.createCounter('reads.failed');
  let collections = 0;
  meter.createObservableGauge('depth').addCallback(async () => {
    // Reading takes a few milliseconds, and fails in the first and the third collection.
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (collections++ % 2 === 0) failures.add(1);
  });
  const seen = [];
  for (let i = 0; i < 3; i++) {
    const { resourceMetrics } = await reader.collect();
    const point = resourceMetrics.scopeMetrics[0]?.metrics[0]?.dataPoints[0];
    if (!point) seen.push('none');
    else seen.push(`${point.value}, ${nanos(point.startTime) > nanos(point.endTime) ? 'starts after its end' : 'in order'}`);
  }
  return seen.join('; ');
}
(async () => {
  console.log(`cumulative  ${await points(AggregationTemporality.CUMULATIVE)}`);
  console.log(`delta       ${await points(AggregationTemporality.DELTA)}`);
  process.exit();
})();
JS
seen=$(node try.cjs) || { echo "could not be run"; exit 2; }
echo "$packages"
echo "$seen"
expected='cumulative  1, starts after its end; 1, in order; 2, in order
delta       1, starts after its end; none; 1, starts after its end'
if [ "$seen" = "$expected" ]; then echo 'as seen'; exit 0; fi
echo 'changed'
exit 1
