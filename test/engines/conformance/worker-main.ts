// A worker in a process of its own: its handler says on stdout what it does, and its telemetry goes to an OTLP endpoint.
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { BatchLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { allEngines } from '../../../src/instrumentation/engines/all.js';
import { giveEngines } from '../../../src/instrumentation/load-engine.js';
import type { Address } from './driver.js';
import { driverOf } from './drivers/index.js';
import { releaseOf } from './release.js';
import type { Word } from './worker-process.js';
import { Faltered } from './worker-process.js';

interface Orders {
  readonly address: Address;
  readonly manner: 'completes' | 'hangs';
  readonly otlp: string;
}

function say(word: Word): void {
  process.stdout.write(`${JSON.stringify(word)}\n`);
}

// Instrumentations load engines from the built package, be it an old build: here they are those of the source.
giveEngines(allEngines);

const { address, manner, otlp } = JSON.parse(process.argv[2] ?? '') as Orders;
const sdk = new NodeSDK({
  serviceName: 'worker',
  spanProcessors: [new SimpleSpanProcessor(new OTLPTraceExporter({ url: `${otlp}/v1/traces` }))],
  // JOB_FAILED and JOB_RETRYING have the same time. In requests of their own either may arrive first.
  logRecordProcessors: [
    new BatchLogRecordProcessor({
      exporter: new OTLPLogExporter({ url: `${otlp}/v1/logs` }),
      scheduledDelayMillis: 20,
    }),
  ],
  metricReaders: [
    new PeriodicExportingMetricReader({
      exporter: new OTLPMetricExporter({ url: `${otlp}/v1/metrics` }),
      exportIntervalMillis: 250,
      exportTimeoutMillis: 200,
    }),
  ],
});
sdk.start();

const box = (await releaseOf(address.observed?.release)).createSignalbox();
const driver = await driverOf(address.engine, address.line);
const join = driver.join;
if (!join) throw new Error(`The engine ${address.engine} has no worker processes.`);
const worker = await join(box, address, async (call) => {
  say({ word: 'began', id: call.id, number: call.number, at: Date.now() });
  if (manner === 'hangs') await new Promise(() => setInterval(() => undefined, 1000));
  await new Promise((resolve) => setTimeout(resolve, 5));
  const { falters } = call.payload as { readonly falters?: boolean };
  const fails = falters === true && call.number === 1;
  say({ word: fails ? 'faltered' : 'returned', id: call.id, at: Date.now() });
  if (fails) throw new Faltered();
  return 'secret-result';
});
say({ word: 'ready' });

process.stdin.resume();
process.stdin.once('end', async () => {
  await worker.close();
  await box.shutdown();
  await sdk.shutdown();
  process.exit(0);
});
