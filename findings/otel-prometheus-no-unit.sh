#!/usr/bin/env bash
# The Prometheus exporter of OpenTelemetry JS adds no unit to a metric's name, as the specification's translation and the Collector do:
# queries written for the one find nothing of the other.
set -u
packages='@opentelemetry/exporter-prometheus@0.223.0 @opentelemetry/sdk-metrics@2.12.0 @opentelemetry/api@1.9.1'
directory=$(mktemp -d) || exit 2
trap 'rm -rf "$directory"' EXIT
cd "$directory" || exit 2
npm install --silent --no-audit --no-fund --ignore-scripts $packages >/dev/null 2>&1 || { echo "could not install $packages"; exit 2; }
cat >try.cjs <<'JS'
const { PrometheusExporter } = require('@opentelemetry/exporter-prometheus');
const { MeterProvider } = require('@opentelemetry/sdk-metrics');
const exporter = new PrometheusExporter({ preventServerStart: true });
const meter = new MeterProvider({ readers: [exporter] }).getMeter('m');
meter.createObservableGauge('queue.age', { unit: 's' }).addCallback((result) => result.observe(1));
meter.createHistogram('work.duration', { unit: 's' }).record(1);
exporter.getMetricsRequestHandler(
  {},
  {
    statusCode: 0,
    setHeader() {},
    end(text) {
      for (const [, name] of text.matchAll(/^# TYPE (\S*(?:age|duration)\S*) /gm)) console.log(name);
      process.exit();
    },
  },
);
JS
seen=$(timeout 30 node try.cjs) || { echo "could not be run"; exit 2; }
echo "$packages"
echo "$seen"
expected='queue_age
work_duration'
if [ "$seen" = "$expected" ]; then echo 'as seen'; exit 0; fi
echo 'changed'
exit 1
