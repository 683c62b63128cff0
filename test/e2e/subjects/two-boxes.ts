// Boxes of one process that emit one signal with metrics to one endpoint: `two-boxes.ts URL WAY`. Prints what was emitted.
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import type { Signalbox } from 'signalbox';
import { createSignalbox, defineSignal, field } from 'signalbox';
import { exporters, nodeSdk } from 'signalbox/sdk';
import type { Told, Way } from './two-boxes-told.js';

const [url, way] = process.argv.slice(2);
if (url === undefined || way === undefined) throw new Error('usage: two-boxes.ts URL WAY');

const PARTS = 10;
const PAUSE_MILLIS = 300;

const DONE = defineSignal('THING_DONE', {
  fields: { kind: field.oneOf(['a', 'b']), size: field.number() },
  metrics: [
    { type: 'counter', name: 'thing.done', by: ['kind'] },
    { type: 'counter', name: 'thing.bytes', of: 'size', by: ['kind'] },
    { type: 'upDownCounter', name: 'thing.level', of: 'size', by: ['kind'] },
    { type: 'histogram', name: 'thing.size', of: 'size', by: ['kind'], buckets: [1, 3] },
  ],
});

type Box = Signalbox<string>;

const exporter = () => new OTLPMetricExporter({ url: `${url}/v1/metrics` });
const own = (): Box =>
  createSignalbox({
    destinations: {
      collector: exporters({ metrics: exporter(), metricExport: { intervalMillis: 600_000 } }),
    },
    otherTelemetry: 'collector',
    routes: [{ signals: '*', to: 'collector' }],
  });
const plain = (): Box => createSignalbox();
const reader = () =>
  new PeriodicExportingMetricReader({ exporter: exporter() as never, exportIntervalMillis: 600_000 });

const ended: (() => Promise<unknown>)[] = [];
function start(options: object): void {
  const sdk = new NodeSDK({ instrumentations: [], ...options });
  sdk.start();
  ended.push(() => sdk.shutdown());
}

const make: Record<Way, () => Box[]> = {
  'node-sdk': () => {
    const box = own();
    start(nodeSdk(box, { metricReaders: [], logRecordProcessors: [], spanProcessors: [] }));
    return [box, plain()];
  },
  'plain-first': () => {
    const before = plain();
    const box = own();
    start(nodeSdk(box, { metricReaders: [], logRecordProcessors: [], spanProcessors: [] }));
    return [before, box];
  },
  exporters: () => [own(), own()],
  three: () => [own(), own(), own()],
  otel: () => {
    start({ metricReaders: [reader()] });
    return [plain(), plain()];
  },
  'own-reader': () => {
    start({ metricReaders: [reader()] });
    return [own(), plain()];
  },
};

const boxes = make[way as Way]();
const told = { emits: 0, size: 0 };

function emit(box: Box, kind: 'a' | 'b', size: number): void {
  box.emit(DONE, { kind, size });
  told.emits++;
  told.size += size;
}

for (let part = 0; part < PARTS; part++) {
  for (const [i, box] of boxes.entries()) {
    // The first sample of a series is where a backend begins to count: one emit of nothing.
    if (part === 0) for (const kind of ['a', 'b'] as const) emit(box, kind, 0);
    else for (let n = 0; n < 12 + 31 * i + 5 * part; n++) emit(box, n % 3 === 0 ? 'a' : 'b', 1 + (n % 4));
    await box.forceFlush();
  }
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MILLIS));
}
await Promise.all(boxes.map((box) => box.shutdown()));
for (const end of ended) await end();
console.log(JSON.stringify(told satisfies Told));
process.exit(0);
