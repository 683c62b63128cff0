#!/usr/bin/env bash
# The periodic metric reader of OpenTelemetry JS calls an export failed at its time limit and starts the next beside it while the first
# still runs: an exporter that takes longer than the interval has several exports open at once, though the specification says that an
# exporter is never called concurrently.
set -u
packages='@opentelemetry/sdk-metrics@2.12.0 @opentelemetry/api@1.9.1'
directory=$(mktemp -d) || exit 2
trap 'rm -rf "$directory"' EXIT
cd "$directory" || exit 2
npm install --silent --no-audit --no-fund --ignore-scripts $packages >/dev/null 2>&1 || { echo "could not install $packages"; exit 2; }
cat >try.cjs <<'JS'
const { MeterProvider, PeriodicExportingMetricReader } = require('@opentelemetry/sdk-metrics');
let open = 0;
let most = 0;
const exporter = {
  export(_metrics, done) {
    most = Math.max(most, ++open);
    setTimeout(() => {
      open--;
      done({ code: 0 });
    }, 500);
  },
  selectAggregationTemporality: () => 1,
  async forceFlush() {},
  async shutdown() {},
};
const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 100, exportTimeoutMillis: 100 });
new MeterProvider({ readers: [reader] }).getMeter('m').createCounter('c').add(1);
setTimeout(() => {
  console.log(`exports open at once: ${most > 1 ? 'more than one' : most}`);
  process.exit();
}, 1500);
JS
seen=$(node try.cjs) || { echo "could not be run"; exit 2; }
echo "$packages"
echo "$seen"
expected='exports open at once: more than one'
if [ "$seen" = "$expected" ]; then echo 'as seen'; exit 0; fi
echo 'changed'
exit 1
