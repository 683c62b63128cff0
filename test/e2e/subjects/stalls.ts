// A home-made queue whose worker vanishes in the middle of attempts: tells stalls, as an engine that sees them does, and what runs on a schedule. Goes on until Ctrl-C.
import { parseArgs } from 'node:util';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { createSignalbox } from 'signalbox';
import { createJobs } from 'signalbox/jobs';
import { exporters, nodeSdk } from 'signalbox/sdk';

const PAUSE_MILLIS = 500;

const { values } = parseArgs({ options: { otlp: { type: 'string' } } });
const to = (path: string) => ({ url: `${values.otlp}/v1/${path}` });
const box = createSignalbox({
  destinations: {
    collector: exporters({
      logs: new OTLPLogExporter(to('logs')),
      spans: new OTLPTraceExporter(to('traces')),
      metrics: new OTLPMetricExporter(to('metrics')),
      metricExport: { intervalMillis: 1000 },
    }),
  },
  otherTelemetry: 'collector',
});
const sdk = new NodeSDK(
  nodeSdk(box, {
    serviceName: process.env.OTEL_SERVICE_NAME ?? 'stalling',
    logRecordProcessors: [],
    metricReaders: [],
  }),
);
sdk.start();

// The one runs with each job, the other never comes.
const jobTelemetry = createJobs(box);
jobTelemetry.schedule('import', { everyMillis: 60_000 });
jobTelemetry.schedule('nightly', { everyMillis: 1000, graceMillis: 1000 });
const queue = jobTelemetry.queue('stalling', { types: ['import'] });
let jobs = 0;

function play(): void {
  const job = { id: `stalled-${++jobs}`, type: 'import', maxAttempts: 2 };
  const enqueue = queue.enqueue(job);
  enqueue.accepted();
  queue.attempt({ job, carrier: enqueue.carrier, number: 1, worker: 'vanishing' }).lost();
  queue.stalled(job, { attempt: 1, worker: 'vanishing', carrier: enqueue.carrier });
  queue.attempt({ job, carrier: enqueue.carrier, number: 2, worker: 'next' }).completed();
}

const timer = setInterval(play, PAUSE_MILLIS);
process.once('SIGINT', async () => {
  clearInterval(timer);
  await box.shutdown();
  await sdk.shutdown();
  process.exit(0);
});
