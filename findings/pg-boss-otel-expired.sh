#!/usr/bin/env bash
# pg-boss has OpenTelemetry of its own: a job whose worker vanished and that pg-boss fails when its time is up leaves no span and no
# measurement of the failure, while one that fails in its handler leaves both.
set -u
packages='pg-boss@12.38.0 @electric-sql/pglite@0.5.14 @opentelemetry/api@1.9.1 @opentelemetry/sdk-trace-node@2.12.0 @opentelemetry/sdk-metrics@2.12.0'
directory=$(mktemp -d) || exit 2
trap 'rm -rf "$directory"' EXIT
cd "$directory" || exit 2
npm install --silent --no-audit --no-fund --ignore-scripts $packages >/dev/null 2>&1 || { echo "could not install $packages"; exit 2; }
cat >try.mjs <<'JS'
import { metrics } from '@opentelemetry/api';
import { MeterProvider, InMemoryMetricExporter, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { PGlite } from '@electric-sql/pglite';
import { fromPglite, PgBoss } from 'pg-boss';

const spans = new InMemorySpanExporter();
new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }).register();
const points = new InMemoryMetricExporter(1);
const reader = new PeriodicExportingMetricReader({ exporter: points, exportIntervalMillis: 3_600_000 });
metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
const pglite = new PGlite();
const boss = new PgBoss({
  db: fromPglite(pglite),
  backend: 'pglite',
  supervise: false,
  schedule: false,
  monitorIntervalSeconds: 1,
  openTelemetry: { enabled: true },
});
boss.on('error', () => undefined);
await boss.start();
const failed = async () =>
  (await pglite.query("select count(*)::int as n from pgboss.job where state = 'failed'")).rows[0].n;
const until = async (done) => {
  for (let i = 0; i < 100 && !(await done()); i++) await new Promise((resolve) => setTimeout(resolve, 100));
};
await boss.createQueue('vanished');
await boss.createQueue('thrown');
await boss.send('vanished', {}, { retryLimit: 0, expireInSeconds: 1 });
await boss.fetch('vanished');
await until(async () => {
  await boss.supervise('vanished');
  return (await failed()) === 1;
});
await boss.send('thrown', {}, { retryLimit: 0 });
await boss.work('thrown', { pollingIntervalSeconds: 0.5 }, async () => {
  throw new Error('bad');
});
await until(async () => (await failed()) === 2);
await boss.stop();
await reader.forceFlush();
const durations = points
  .getMetrics()
  .at(-1)
  .scopeMetrics.flatMap((scope) => scope.metrics)
  .filter(({ descriptor }) => descriptor.name === 'messaging.process.duration')
  .flatMap(({ dataPoints }) => dataPoints);
for (const queue of ['vanished', 'thrown']) {
  const of = ({ attributes }) => attributes['messaging.destination.name'] === queue;
  const errors = spans.getFinishedSpans().filter((span) => of(span) && span.status.code === 2);
  const measured = durations.filter((point) => of(point) && point.attributes['error.type'] !== undefined);
  console.log(`${queue}: ${errors.length > 0 ? 'a' : 'no'} span with an error, failure ${measured.length > 0 ? 'measured' : 'not measured'}`);
}
console.log(`rows failed: ${await failed()}`);
process.exit();
JS
seen=$(timeout 60 node try.mjs) || { echo "could not be run"; exit 2; }
echo "$packages"
echo "$seen"
expected='vanished: no span with an error, failure not measured
thrown: a span with an error, failure measured
rows failed: 2'
if [ "$seen" = "$expected" ]; then echo 'as seen'; exit 0; fi
echo 'changed'
exit 1
