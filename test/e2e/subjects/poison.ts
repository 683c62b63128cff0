// Gives among good telemetry what OTLP can not carry: `poison.ts URL PROTOCOL KIND`. Prints what stats() says and how often it sent.
import { context, trace } from '@opentelemetry/api';
import { logs } from '@opentelemetry/api-logs';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { createSignalbox, defineSignal, field } from 'signalbox';
import { exporters, nodeSdk } from 'signalbox/sdk';
import type { Protocol } from './poison-exporters.js';
import { exportersOf } from './poison-exporters.js';
import type { PoisonKind, Told } from './poison-told.js';
import { HUGE, HUGES, ITEMS, POISONED, SPANS, TOO_LARGE, YEAR_1969, YEAR_3000 } from './poison-told.js';

const [url, protocol, kind] = process.argv.slice(2);
if (url === undefined || protocol === undefined || kind === undefined)
  throw new Error('usage: poison.ts URL PROTOCOL KIND');

const ITEM_MADE = defineSignal('ITEM_MADE', {
  message: 'An item was made',
  fields: {
    index: field.int({ attribute: 'item.index' }),
    value: field.optional(field.number({ attribute: 'item.value' })),
    size: field.number({ attribute: 'item.size' }),
  },
  metrics: [
    { type: 'counter', name: 'item.made' },
    { type: 'counter', name: 'item.total', of: 'size' },
    { type: 'histogram', name: 'item.size', of: 'size', buckets: [1, 2] },
  ],
});

const to = exportersOf(protocol as Protocol, url);
const requests = { logs: counted(to.logs), spans: counted(to.spans) };
const box = createSignalbox({
  destinations: {
    // One batch holds everything.
    collector: exporters({
      ...to,
      batch: { size: ITEMS, delayMillis: 60_000 },
      metricExport: { intervalMillis: 600_000 },
    }),
  },
  otherTelemetry: 'collector',
  routes: [{ signals: '*', to: 'collector' }],
});
const sdk = new NodeSDK(nodeSdk(box, { logRecordProcessors: [], metricReaders: [], spanProcessors: [] }));
sdk.start();
const tracer = trace.getTracer('app');

/** Signals of ours, on a few spans of the app's. */
function ours(): void {
  const perSpan = ITEMS / SPANS;
  for (let s = 0; s < SPANS; s++) {
    tracer.startActiveSpan('make items', (span) => {
      for (let i = s * perSpan; i < (s + 1) * perSpan; i++) make(i);
      span.end();
    });
  }
}

function make(index: number): void {
  const size = HUGES.includes(index) ? HUGE : 1.5;
  if (index === TOO_LARGE) box.emit(ITEM_MADE, { index, size, value: 1e21 });
  else if (index === YEAR_3000) box.emit(ITEM_MADE, { index, size }, { timestamp: Date.UTC(3000, 0) });
  else if (index === YEAR_1969) box.emit(ITEM_MADE, { index, size }, { timestamp: Date.UTC(1969, 0) });
  else box.emit(ITEM_MADE, { index, size });
}

/** Records of the app's own, one of them poisoned. */
function records(poison: { attributes?: { n: number }; timestamp?: Date }): void {
  const logger = logs.getLogger('app');
  for (let i = 0; i < ITEMS; i++) {
    const extra = i === POISONED ? poison : {};
    const attributes = { 'item.index': i, ...extra.attributes };
    logger.emit({ body: 'an item', ...extra, attributes });
  }
}

/** Spans of the app's own, one of them poisoned. */
function spans(): void {
  for (let i = 0; i < ITEMS; i++) {
    const attributes = { 'item.index': i, ...(i === POISONED ? { n: 1e21 } : {}) };
    tracer.startSpan('an item', { attributes }, context.active()).end();
  }
}

const KINDS: Readonly<Record<PoisonKind, () => void>> = {
  signals: ours,
  'a record with 1e21': () => records({ attributes: { n: 1e21 } }),
  'a record of 1969': () => records({ timestamp: new Date(Date.UTC(1969, 0)) }),
  'a span with 1e21': spans,
};
KINDS[kind as PoisonKind]();
await box.forceFlush({ timeoutMillis: 20_000 });
await box.shutdown({ timeoutMillis: 20_000 });
await sdk.shutdown();
console.log(
  JSON.stringify({ stats: box.stats(), requests } satisfies { stats: unknown } & Pick<Told, 'requests'>),
);

function counted<T>(exporter: { export(items: T[], done: (result: { code: number }) => void): void }): {
  sent: number;
} {
  const count = { sent: 0 };
  const original = exporter.export;
  exporter.export = function (items, done) {
    count.sent += 1;
    original.call(this, items, done);
  };
  return count;
}
