import { metrics as metricsApi } from '@opentelemetry/api';
import { logs as logsApi } from '@opentelemetry/api-logs';
import type { Signalbox } from 'signalbox';
import { createSignalbox } from 'signalbox';
import { exporters } from 'signalbox/sdk';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { recordDiag, resetOtel } from '../support/otel.js';
import { inSpan, PAYMENT, startSdk, stopSdks } from './app.js';
import { Dead, KeptLogs, KeptMetrics, KeptSpans } from './helpers.js';

vi.mock('../../src/delivery/timers.js', () => import('../support/global-timers.js'));

beforeEach(() => {
  vi.useFakeTimers();
  recordDiag();
});
afterEach(async () => {
  const stopped = stopSdks();
  await vi.advanceTimersByTimeAsync(60_000);
  await stopped;
  vi.useRealTimers();
  resetOtel();
});

const EUR = { currency: 'EUR', took: 80 } as const;

/** One destination whose exporters all hang, between two that are well. */
function start() {
  const dead = { logs: new Dead(), spans: new Dead(), metrics: new Dead() };
  const [one, two] = [1, 2].map(() => ({
    logs: new KeptLogs(),
    spans: new KeptSpans(),
    metrics: new KeptMetrics(0),
  })) as [Well, Well];
  const limits = { batch: { timeoutMillis: 60_000 }, metricExport: { timeoutMillis: 60_000 } };
  const box = createSignalbox({
    destinations: {
      one: exporters({ ...one, ...limits }),
      dead: exporters({ ...dead, ...limits }),
      two: exporters({ ...two, ...limits }),
    },
    otherTelemetry: 'one',
  });
  const sdk = startSdk(box);
  return { box, sdk, one, two, dead };
}
type Well = { readonly logs: KeptLogs; readonly spans: KeptSpans; readonly metrics: KeptMetrics };

function work(box: Signalbox): void {
  inSpan('work', () => box.emit(PAYMENT, EUR));
  for (let i = 1; i < 600; i++) box.emit(PAYMENT, EUR);
}

/** When a promise settles, in milliseconds from now. */
async function settlesAfter(promise: Promise<unknown>, limit: number): Promise<number> {
  const begin = Date.now();
  let at = Number.NaN;
  void promise.finally(() => {
    at = Date.now() - begin;
  });
  await vi.advanceTimersByTimeAsync(limit);
  return at;
}

function expectDelivered(well: Well): void {
  expect(well.logs.records).toHaveLength(600);
  expect(well.spans.names).toEqual(['work']);
  expect(well.metrics.total('payment.processed', 'sum')).toEqual({ 'payment.currency=EUR': 600 });
}

describe('with one destination whose exporters hang', () => {
  test('forceFlush() - delivers to the others at once, and settles at its one deadline', async () => {
    const { box, one, two, dead } = start();
    work(box);
    const flushed = box.forceFlush({ timeoutMillis: 3000 });
    await vi.advanceTimersByTimeAsync(10);
    expectDelivered(one);
    expectDelivered(two);
    expect(await settlesAfter(flushed, 10_000)).toBe(2990);
    const { channels } = box.stats().destinations.dead ?? {};
    expect(channels?.logs).toMatchObject({ routed: 600, failed: 0, queued: 600 });
    expect(channels?.logs?.dropped).toEqual({});
    expect(channels?.spans).toMatchObject({ routed: 1, queued: 1 });
    expect(dead.logs.calls).toEqual(['export']);
  });

  test('shutdown() - delivers to and closes the others at once, settles at its one deadline, and says what was not delivered', async () => {
    const { box, one, two, dead } = start();
    work(box);
    const closed = box.shutdown({ timeoutMillis: 3000 });
    await vi.advanceTimersByTimeAsync(10);
    expectDelivered(one);
    expectDelivered(two);
    for (const well of [one, two])
      for (const exporter of [well.logs, well.spans]) expect(exporter.calls.at(-1)).toBe('shutdown');
    expect(await settlesAfter(closed, 10_000)).toBe(2990);
    const report = await closed;
    expect(report.complete).toBe(false);
    // 512 records, one span and two points were in flight; 88 records had not begun.
    expect(report.undelivered).toEqual({ dead: { shutdown: 88, failed: 515 } });
    const { channels, queue } = box.stats().destinations.dead ?? {};
    expect(channels?.logs).toMatchObject({ routed: 600, failed: 512, dropped: { shutdown: 88 }, queued: 0 });
    expect(channels?.spans).toMatchObject({ routed: 1, failed: 1, queued: 0 });
    expect(channels?.metrics).toMatchObject({ routed: 2, failed: 2, queued: 0 });
    expect(queue?.size).toBe(0);
    for (const exporter of Object.values(dead)) expect(exporter.calls.at(-1)).toBe('shutdown');
  });

  test('shutdown() - a dead metric exporter holds up the records and spans of its own destination no more', async () => {
    const [logs, spans] = [new KeptLogs(), new KeptSpans()];
    const box = createSignalbox({
      destinations: {
        all: exporters({ logs, spans, metrics: new Dead(), metricExport: { timeoutMillis: 60_000 } }),
      },
      otherTelemetry: 'all',
    });
    startSdk(box);
    metricsApi.getMeter('app').createCounter('requests').add(1);
    work(box);
    const closed = box.shutdown({ timeoutMillis: 3000 });
    await vi.advanceTimersByTimeAsync(10);
    expect(logs.records).toHaveLength(600);
    expect(spans.names).toEqual(['work']);
    expect(await settlesAfter(closed, 10_000)).toBe(2990);
    await vi.advanceTimersByTimeAsync(0);
    const { metrics } = box.stats().destinations.all?.channels ?? {};
    expect(metrics?.queued).toBe(0);
    expect(metrics?.delivered).toBe(0);
    expect(metrics?.routed).toBeGreaterThanOrEqual(3);
  });

  test('shutdown() - has its deadline where none is given: 5 seconds', async () => {
    const { box } = start();
    work(box);
    expect(await settlesAfter(box.shutdown(), 20_000)).toBe(5000);
  });

  test("sdk.shutdown() - without the box's own settles at our deadline, and the others have all they were sent", async () => {
    const { sdk, box, one, two } = start();
    work(box);
    logsApi.getLogger('app').emit({ body: 'of the app' });
    expect(await settlesAfter(sdk.shutdown(), 60_000)).toBe(5000);
    expect(one.logs.records).toHaveLength(601);
    expect(two.logs.records).toHaveLength(600);
    expect(one.spans.names).toEqual(['work']);
  });
});

describe('with exporters that are well', () => {
  test('shutdown() - then the SDK: nothing is lost, what ends in between is counted closed', async () => {
    const all = { logs: new KeptLogs(), spans: new KeptSpans(), metrics: new KeptMetrics() };
    const box = createSignalbox({ destinations: { all: exporters(all) }, otherTelemetry: 'all' });
    const sdk = startSdk(box);
    metricsApi.getMeter('app').createCounter('requests').add(1);
    work(box);
    const closed = box.shutdown();
    await vi.advanceTimersByTimeAsync(0);
    expect(await closed).toEqual({ complete: true, undelivered: {} });
    box.emit(PAYMENT, EUR);
    inSpan('late', () => {});
    logsApi.getLogger('app').emit({ body: 'late' });
    const flushed = box.forceFlush();
    await vi.advanceTimersByTimeAsync(0);
    await flushed;
    const stopped = sdk.shutdown();
    await vi.advanceTimersByTimeAsync(100);
    await stopped;
    expect(all.logs.records).toHaveLength(600);
    expect(all.spans.names).toEqual(['work']);
    expect(all.metrics.total('requests', 'last')).toEqual({ '': 1 });
    const { refused, destinations } = box.stats();
    expect(refused).toEqual({ closed: 1 });
    expect(destinations.all?.channels.spans).toMatchObject({
      routed: 2,
      delivered: 1,
      dropped: { closed: 1 },
    });
    expect(destinations.all?.channels.logs).toMatchObject({
      routed: 601,
      delivered: 600,
      dropped: { closed: 1 },
    });
    // A flush after it, or the SDK's end, is no collection for us any more: points would be counted as lost that nobody waits for.
    expect(destinations.all?.channels.metrics).toMatchObject({ failed: 0, queued: 0 });
    expect(destinations.all?.channels.metrics?.dropped).toEqual({});
    for (const exporter of Object.values(all))
      expect(exporter.calls.filter((call) => call === 'shutdown')).toHaveLength(1);
  });

  test("loggerProvider.forceFlush() - brings the app's own records out too", async () => {
    const logs = new KeptLogs();
    const box = createSignalbox({ destinations: { all: exporters({ logs }) }, otherTelemetry: 'all' });
    startSdk(box);
    const provider = logsApi.getLoggerProvider() as unknown as { getDelegate?(): object };
    const real = (provider.getDelegate?.() ?? provider) as { forceFlush(): Promise<void> };
    logsApi.getLogger('app').emit({ body: 'of the app' });
    const flushed = real.forceFlush();
    await vi.advanceTimersByTimeAsync(0);
    await flushed;
    expect(logs.names).toEqual(['of the app']);
  });

  test('forceFlush() and shutdown() - of many destinations make Node warn of nothing', async () => {
    const warned = vi.spyOn(process, 'emitWarning');
    const many = Object.fromEntries(
      Array.from({ length: 12 }, (_, i) => [
        `d${i}`,
        exporters({ logs: new Dead(), spans: new Dead(), metrics: new Dead() }),
      ]),
    );
    const box: Signalbox = createSignalbox({ destinations: many });
    box.emit(PAYMENT, EUR);
    await settlesAfter(box.forceFlush({ timeoutMillis: 100 }), 200);
    expect(await settlesAfter(box.shutdown({ timeoutMillis: 100 }), 200)).toBe(100);
    expect(warned).not.toHaveBeenCalled();
  });

  test('disable() - nothing is exported any more', async () => {
    const all = { logs: new KeptLogs(), metrics: new KeptMetrics() };
    const box = createSignalbox({ destinations: { all: exporters(all) } });
    box.disable();
    box.emit(PAYMENT, EUR);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(all.logs.batches).toEqual([]);
    expect(all.metrics.batches).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
