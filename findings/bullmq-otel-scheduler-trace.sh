#!/usr/bin/env bash
# With bullmq-otel all ticks of a job scheduler are processed in the one trace of the call that made the scheduler, for as long as it
# lives.
set -u
packages='bullmq@6.7.0 bullmq-otel@2.0.1 ioredis@6.0.0 @opentelemetry/api@1.9.1 @opentelemetry/sdk-trace-node@2.12.0 @opentelemetry/sdk-metrics@2.12.0'
command -v redis-server >/dev/null || { echo 'needs redis-server'; exit 2; }
directory=$(mktemp -d) || exit 2
port=$((20000 + $$ % 20000))
redis-server --port "$port" --bind 127.0.0.1 --save '' --dir "$directory" >/dev/null 2>&1 &
redis=$!
trap 'kill $redis 2>/dev/null; rm -rf "$directory"' EXIT
cd "$directory" || exit 2
npm install --silent --no-audit --no-fund --ignore-scripts $packages >/dev/null 2>&1 || { echo "could not install $packages"; exit 2; }
cat >try.cjs <<'JS'
const { Queue, Worker, FlowProducer, QueueEvents } = require('bullmq');
const { BullMQOtel } = require('bullmq-otel');
const { metrics } = require('@opentelemetry/api');
const { NodeTracerProvider, SimpleSpanProcessor, InMemorySpanExporter } = require('@opentelemetry/sdk-trace-node');
const { MeterProvider, PeriodicExportingMetricReader, InMemoryMetricExporter } = require('@opentelemetry/sdk-metrics');
const spans = new InMemorySpanExporter();
new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }).register();
const points = new InMemoryMetricExporter(1);
const reader = new PeriodicExportingMetricReader({ exporter: points, exportIntervalMillis: 3_600_000 });
metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
const connection = { host: '127.0.0.1', port: Number(process.env.PORT) };
const telemetry = new BullMQOtel({ tracerName: 't', enableMetrics: true });
(async () => {
  const queue = new Queue('ticks', { connection, telemetry });
  let ticks = 0;
  let done;
  const three = new Promise((resolve) => { done = resolve; });
  const worker = new Worker('ticks', async () => { if (++ticks === 3) done(); }, { connection, telemetry });
  await queue.upsertJobScheduler('each', { every: 300 }, { name: 'tick' });
  await three;
  await queue.removeJobScheduler('each');
  await worker.close();
  await queue.close();
  const own = spans.getFinishedSpans().filter(({ kind, name }) => kind === 4 && name.startsWith('process'));
  console.log(`ticks: ${own.length}, traces they ran in: ${new Set(own.map((s) => s.spanContext().traceId)).size}`);
  process.exit();
})();
JS
expected='ticks: 3, traces they ran in: 1'
seen=$(PORT=$port timeout 60 node try.cjs) || { echo "could not be run"; exit 2; }
echo "$packages"
echo "$seen"
if [ "$seen" = "$expected" ]; then echo 'as seen'; exit 0; fi
echo 'changed'
exit 1
