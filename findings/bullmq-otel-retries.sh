#!/usr/bin/env bash
# With bullmq-otel a failed attempt that is retried leaves a span without an error status, and the retry's backoff counts as a job that was
# delayed: the counter of jobs that someone delayed on purpose.
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
  const queue = new Queue('mail', { connection, telemetry });
  let runs = 0;
  const worker = new Worker('mail', async () => { if (++runs === 1) throw new Error('try again'); }, { connection, telemetry });
  const done = new Promise((resolve) => worker.on('completed', resolve));
  await queue.add('send', {}, { attempts: 2, backoff: 100 });
  await done;
  await worker.close();
  await queue.close();
  await reader.forceFlush();
  const processes = spans.getFinishedSpans().filter(({ kind }) => kind === 4);
  const own = processes.filter(({ name }) => name.startsWith('process'));
  console.log(`process spans: ${own.length}, with error status: ${own.filter(({ status }) => status.code === 2).length}`);
  const delayed = points.getMetrics().at(-1).scopeMetrics.flatMap((s) => s.metrics).find((m) => m.descriptor.name === 'bullmq.jobs.delayed');
  console.log(`jobs delayed by a producer: 0, counted as delayed: ${delayed ? delayed.dataPoints.reduce((sum, p) => sum + p.value, 0) : 'none'}`);
  process.exit();
})();
JS
expected='process spans: 2, with error status: 0
jobs delayed by a producer: 0, counted as delayed: 1'
seen=$(PORT=$port timeout 60 node try.cjs) || { echo "could not be run"; exit 2; }
echo "$packages"
echo "$seen"
if [ "$seen" = "$expected" ]; then echo 'as seen'; exit 0; fi
echo 'changed'
exit 1
