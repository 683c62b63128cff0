#!/usr/bin/env bash
# An observable gauge of OpenTelemetry JS's metrics SDK whose callback no longer observes a series goes on being exported with the last
# value and a fresh time, for as long as the process lives (cumulative temporality): a backend can not see that the value has ended.
set -u
packages='@opentelemetry/sdk-metrics@2.12.0 @opentelemetry/api@1.9.1'
directory=$(mktemp -d) || exit 2
trap 'rm -rf "$directory"' EXIT
cd "$directory" || exit 2
npm install --silent --no-audit --no-fund --ignore-scripts $packages >/dev/null 2>&1 || { echo "could not install $packages"; exit 2; }
cat >try.cjs <<'JS'
const { InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } = require('@opentelemetry/sdk-metrics');
const reader = new PeriodicExportingMetricReader({ exporter: new InMemoryMetricExporter(1), exportIntervalMillis: 60_000 });
const gauge = new MeterProvider({ readers: [reader] }).getMeter('m').createObservableGauge('g');
let open = true;
gauge.addCallback((result) => {
  if (open) result.observe(5, { queue: 'mail' });
});
const point = async () => (await reader.collect()).resourceMetrics.scopeMetrics[0]?.metrics[0]?.dataPoints[0];
(async () => {
  let last = await point();
  console.log(`observed        ${last.value}`);
  open = false;
  for (let i = 0; i < 2; i++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    const next = await point();
    const later = next !== undefined && String(next.endTime) !== String(last.endTime);
    console.log(`not observed    ${next?.value}, with a new time: ${later}`);
    last = next;
  }
  process.exit();
})();
JS
seen=$(node try.cjs) || { echo "could not be run"; exit 2; }
echo "$packages"
echo "$seen"
expected='observed        5
not observed    5, with a new time: true
not observed    5, with a new time: true'
if [ "$seen" = "$expected" ]; then echo 'as seen'; exit 0; fi
echo 'changed'
exit 1
