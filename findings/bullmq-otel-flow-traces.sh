#!/usr/bin/env bash
# With bullmq-otel the children of a flow are in the trace of the flow only where their node has options: a node without opts starts a
# trace of its own, one with an empty object does not.
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
  const flows = new FlowProducer({ connection, telemetry });
  const seen = new Map();
  const worker = new Worker('steps', async () => undefined, { connection, telemetry });
  const done = new Promise((resolve) => worker.on('completed', (job) => job.name === 'parent' && resolve()));
  await flows.add({
    name: 'parent', queueName: 'steps', opts: {},
    children: [{ name: 'with', queueName: 'steps', opts: {} }, { name: 'without', queueName: 'steps' }],
  });
  await done;
  await worker.close();
  await flows.close();
  const all = spans.getFinishedSpans();
  for (const span of all) if (span.kind === 4 && span.attributes['bullmq.job.name']) seen.set(span.attributes['bullmq.job.name'], span.spanContext().traceId);
  const where = (name) => !seen.has(name) ? 'not seen' : (seen.get(name) === seen.get('parent') ? 'in the trace of the flow' : 'in a trace of its own');
  console.log(`child with opts {}: ${where('with')}\nchild without opts: ${where('without')}`);
  process.exit();
})();
JS
expected='child with opts {}: in the trace of the flow
child without opts: in a trace of its own'
seen=$(PORT=$port timeout 60 node try.cjs) || { echo "could not be run"; exit 2; }
echo "$packages"
echo "$seen"
if [ "$seen" = "$expected" ]; then echo 'as seen'; exit 0; fi
echo 'changed'
exit 1
