import { metrics as metricsApi } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { createSignalbox, defineSignal, field } from 'signalbox';
import { exporters } from 'signalbox/sdk';

// Run by memory.test.ts in a process whose heap is small. Says in JSON what was counted, and by how many MB the heap has grown.

const [mode, given] = process.argv.slice(2);
const n = Number(given);
const gc = (globalThis as { gc?: () => void }).gc as () => void;
const turn = (): Promise<void> => new Promise((done) => setImmediate(done));
const millis = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

async function heap(): Promise<number> {
  for (let i = 0; i < 5; i++) {
    gc();
    await turn();
  }
  return process.memoryUsage().heapUsed / 1e6;
}

/** A text of its own, and not one that shares memory with another. */
function text(length: number, fill: number): string {
  return Buffer.alloc(length, 97 + (fill % 26)).toString('latin1');
}

/** Records of 60 fields of 4 kB, for an exporter that never answers and keeps what it could answer by. */
async function dead(inFlight: number): Promise<object> {
  const kept: unknown[] = [];
  let open = 0;
  const logs = {
    export(_: unknown, done: unknown): void {
      open++;
      kept.push(done);
    },
    shutdown: async (): Promise<void> => {},
  };
  const box = createSignalbox({
    destinations: { dead: exporters({ logs, batch: { inFlight, timeoutMillis: 20, delayMillis: 5 } }) },
  });
  const before = await heap();
  for (let i = 0; i < n; i++) {
    const fields: Record<string, string> = {};
    for (let f = 0; f < 60; f++) fields[`field_${f}`] = text(4096, i + f);
    box.info('x', fields);
    if (i % 100 === 99) await millis(1);
  }
  await millis(50);
  const counts = box.stats().destinations.dead?.channels.logs;
  const { complete } = await box.shutdown({ timeoutMillis: 100 });
  const end = box.stats().destinations.dead?.channels.logs;
  return { open, counts, end, complete, grown: (await heap()) - before, kept: kept.length };
}

const SEEN = defineSignal('TENANT_SEEN', {
  fields: { tenant: field.string() },
  metrics: [{ type: 'counter', name: 'tenant.seen', by: ['tenant'] }],
});

/** Label values of 64 characters, each cut from a body of 200 kB. */
async function labels(own: boolean): Promise<object> {
  const metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const slow = 3_600_000;
  if (!own) {
    const reader = new PeriodicExportingMetricReader({ exporter: metrics, exportIntervalMillis: slow });
    metricsApi.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
  }
  const box = createSignalbox(
    own ? { destinations: { all: exporters({ metrics, metricExport: { intervalMillis: slow } }) } } : {},
  );
  box.emit(SEEN, { tenant: 'first' });
  const before = await heap();
  for (let i = 0; i < n; i++) {
    const body = `${String(i).padStart(64, 'k')},${text(200_000, i)}`;
    box.emit(SEEN, { tenant: body.split(',')[0] as string });
    if (i % 100 === 99) await turn();
    if (i % 1000 === 999) {
      await box.forceFlush();
      metrics.reset();
    }
  }
  const grown = (await heap()) - before;
  return { grown, channels: box.stats().destinations[own ? 'all' : 'otel']?.channels };
}

const SHIPPED = defineSignal('ORDER_SHIPPED', {
  spanEvents: 'off',
  fields: {
    order: field.id(),
    kind: field.string(),
    attempt: field.int(),
    took: field.duration(),
    paid: field.boolean(),
  },
});

/** Records of five fields that wait for an exporter. */
async function waiting(): Promise<object> {
  const logs = { export: (): void => {}, shutdown: async (): Promise<void> => {} };
  const batch = { capacity: n, capacityBytes: 1024 ** 3 };
  const box = createSignalbox({ destinations: { slow: exporters({ logs, batch }) } });
  const emit = (i: number): void =>
    box.emit(SHIPPED, {
      order: `order-${10_000 + (i % 10_000)}`,
      kind: 'parcel',
      attempt: 1,
      took: i * 1.5,
      paid: true,
    });
  for (let i = 0; i < n / 10; i++) emit(i);
  const before = await heap();
  for (let i = n / 10; i < n; i++) emit(i);
  const bytesEach = (((await heap()) - before) * 1e6) / (n * 0.9);
  return { bytesEach, queued: box.stats().destinations.slow?.channels.logs?.queued };
}

const modes: Record<string, () => Promise<object>> = {
  dead: () => dead(1),
  deadThree: () => dead(3),
  own: () => labels(true),
  otel: () => labels(false),
  waiting,
};
process.stdout.write(JSON.stringify(await modes[mode as string]?.()));
process.exit(0);
