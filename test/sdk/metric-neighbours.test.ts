import { resourceFromAttributes } from '@opentelemetry/resources';
import { createSignalbox, defineSignal, field } from 'signalbox';
import { exporters } from 'signalbox/sdk';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CORE } from '../../src/box/core.js';
import type { ExportCallback } from '../../src/sdk/exporter-like.js';
import { recordDiag, resetOtel } from '../support/otel.js';
import { PAYMENT, startSdk, stopSdks } from './app.js';
import { Dead, KeptMetrics } from './helpers.js';

vi.mock('../../src/delivery/timers.js', () => import('../support/global-timers.js'));

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
  });
  recordDiag();
});
afterEach(async () => {
  const stopped = stopSdks();
  await vi.advanceTimersByTimeAsync(60_000);
  await stopped;
  vi.useRealTimers();
  resetOtel();
});

const DELTA = 0;
const EUR = { currency: 'EUR', took: 80 } as const;
const PAID = { 'payment.currency=EUR': 7 };

/** Says when it was called, and answers at once. */
class Timed extends KeptMetrics {
  readonly at: number[] = [];
  readonly #begin = Date.now();
  override export(batch: unknown, done: ExportCallback): void {
    this.at.push(Date.now() - this.#begin);
    super.export(batch, done);
  }
}

class Failing extends KeptMetrics {
  override export(_: unknown, done: ExportCallback): void {
    setTimeout(() => done({ code: 1, error: new Error('no') }), 700);
  }
}

class SlowFlush extends KeptMetrics {
  override forceFlush(): Promise<void> {
    return new Promise(() => {});
  }
}

const NEIGHBOURS: Readonly<Record<string, () => object>> = {
  'never answers': () => new Dead(),
  'fails each time, late': () => new Failing(),
  'is never done with being flushed': () => new SlowFlush(),
};

describe.each(Object.entries(NEIGHBOURS))('a destination beside one that %s', (_, neighbour) => {
  const times = { metricExport: { intervalMillis: 200, timeoutMillis: 3000 } };

  test.each([0, 1])('the interval - is its own: temporality %i', async (temporality) => {
    const well = new Timed(temporality);
    const box = createSignalbox({
      destinations: {
        bad: exporters({ metrics: neighbour() as never, ...times }),
        well: exporters({ metrics: well, ...times }),
      },
    });
    box.emit(PAYMENT, EUR);
    for (let i = 0; i < 10; i++) {
      box.emit(PAYMENT, EUR);
      await vi.advanceTimersByTimeAsync(200);
    }
    expect(well.at.slice(0, 10)).toEqual(
      Array.from({ length: 10 }, (_, i) => 200 * (i + 1)).slice(0, well.at.length),
    );
    expect(well.at).toHaveLength(10);
    void box.shutdown({ timeoutMillis: 100 });
    await vi.advanceTimersByTimeAsync(100);
  });

  test.each([0, 1])(
    'forceFlush() and shutdown() - give it all at once: temporality %i',
    async (temporality) => {
      const well = new KeptMetrics(temporality);
      const how = temporality === DELTA ? 'sum' : 'last';
      const box = createSignalbox({
        destinations: {
          bad: exporters({ metrics: neighbour() as never, ...times }),
          well: exporters({ metrics: well, ...times }),
        },
      });
      for (let i = 0; i < 3; i++) box.emit(PAYMENT, EUR);
      // The bad one has this one in flight.
      await vi.advanceTimersByTimeAsync(201);
      for (let i = 0; i < 4; i++) box.emit(PAYMENT, EUR);
      const flushed = box.forceFlush({ timeoutMillis: 150 });
      await vi.advanceTimersByTimeAsync(0);
      expect(well.total('payment.processed', how)).toEqual(PAID);
      await vi.advanceTimersByTimeAsync(150);
      await flushed;
      box.emit(PAYMENT, EUR);
      const closed = box.shutdown({ timeoutMillis: 150 });
      await vi.advanceTimersByTimeAsync(0);
      expect(well.total('payment.processed', how)).toEqual({ 'payment.currency=EUR': 8 });
      await vi.advanceTimersByTimeAsync(150);
      await closed;
      expect(box.stats().destinations.well?.channels.metrics).toMatchObject({
        failed: 0,
        dropped: {},
        queued: 0,
      });
    },
  );
});

test('what is observed - is looked at once for those who export at the same times', async () => {
  const all = [new KeptMetrics(), new KeptMetrics(DELTA), new KeptMetrics()];
  const [one, two, three] = all as [KeptMetrics, KeptMetrics, KeptMetrics];
  const LOOKED = defineSignal('THING_LOOKED');
  const box = createSignalbox({
    destinations: {
      one: exporters({ metrics: one }),
      two: exporters({ metrics: two }),
      three: exporters({ metrics: three, metricExport: { intervalMillis: 45_000 } }),
    },
  });
  let looks = 0;
  const gauge = { type: 'observableGauge', name: 'depth', unit: '1', description: '' } as const;
  box[CORE].observe({ ...gauge, signals: [LOOKED] }, async (result) => {
    looks++;
    await new Promise((done) => setTimeout(done, 10));
    result.observe(looks);
  });
  await vi.advanceTimersByTimeAsync(60_020);
  expect(looks).toBe(2);
  expect(one.total('depth', 'last')).toEqual({ '': 2 });
  expect(two.total('depth', 'last')).toEqual({ '': 2 });
  expect(three.total('depth', 'last')).toEqual({ '': 1 });
  void box.shutdown({ timeoutMillis: 100 });
  await vi.advanceTimersByTimeAsync(100);
});

describe('series of a destination', () => {
  const SEEN = defineSignal('TENANT_COUNTED', {
    fields: { tenant: field.string(), size: field.number() },
    metrics: [
      { type: 'counter', name: 'tenant.count', by: ['tenant'] },
      { type: 'histogram', name: 'tenant.size', of: 'size', by: ['tenant'], buckets: [1] },
    ],
  });
  const OVERFLOW = ['otel.metric.overflow=true'];

  // 500 new label sets in each of six collections.
  async function churn(neighbours: () => object, routed: boolean) {
    const delta = new KeptMetrics(DELTA);
    const others = neighbours() as Record<string, ReturnType<typeof exporters>>;
    const box = createSignalbox({
      destinations: {
        delta: exporters({ metrics: delta, metricExport: { intervalMillis: 1000 } }),
        ...others,
      },
      routes: [
        { signals: SEEN, to: routed ? (['delta', ...Object.keys(others)] as never) : ('delta' as never) },
      ],
    });
    for (let round = 0; round < 6; round++) {
      for (let i = 0; i < 500; i++) box.emit(SEEN, { tenant: `${round}.${i}`, size: 1 });
      await vi.advanceTimersByTimeAsync(1000);
    }
    const closed = box.shutdown({ timeoutMillis: 100 });
    await vi.advanceTimersByTimeAsync(100);
    await closed;
    return delta;
  }

  const beside = (metrics: object, intervalMillis: number) => () => ({
    other: exporters({ metrics: metrics as never, metricExport: { intervalMillis } }),
  });
  test.each([
    ['alone', () => ({}), true],
    ['beside one of delta that exports more seldom', beside(new KeptMetrics(DELTA), 60_000), true],
    ['beside one of cumulative points', beside(new KeptMetrics(1), 1000), true],
    ['beside one that never answers', beside(new Dead(), 1000), true],
    ['beside one that is routed nothing of it', beside(new KeptMetrics(DELTA), 60_000), false],
    [
      'beside one of cumulative points that is routed nothing of it',
      beside(new KeptMetrics(1), 60_000),
      false,
    ],
  ])(
    'delta points - have room for what comes between two of its own collections: %s',
    async (_, neighbours, routed) => {
      const delta = await churn(neighbours, routed);
      for (const name of ['tenant.count', 'tenant.size']) {
        expect(delta.total(name, 'sum')).not.toHaveProperty(OVERFLOW);
        expect(Object.keys(delta.total(name, 'sum'))).toHaveLength(3000);
      }
    },
  );

  test('each - has the limit for itself, and none loses what another has no room for', async () => {
    const [delta, cumulative] = [new KeptMetrics(DELTA), new KeptMetrics(1)];
    const box = createSignalbox({
      destinations: {
        delta: exporters({ metrics: delta, metricExport: { intervalMillis: 1000 } }),
        cumulative: exporters({ metrics: cumulative, metricExport: { intervalMillis: 1000 } }),
      },
    });
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 1500; i++) box.emit(SEEN, { tenant: `${round}.${i}`, size: 1 });
      // One that the cumulative destination has.
      box.emit(SEEN, { tenant: '0.0', size: 1 });
      await box.forceFlush();
    }
    expect(Object.values(delta.total('tenant.count', 'sum')).reduce((sum, n) => sum + n, 0)).toBe(4503);
    expect(delta.total('tenant.count', 'sum')).not.toHaveProperty(OVERFLOW);
    const last = cumulative.batches.at(-1)?.scopeMetrics[0]?.metrics[0]?.dataPoints ?? [];
    expect(last).toHaveLength(2000);
    const at = (tenant: string): unknown =>
      last.find(({ attributes }) => attributes.tenant === tenant)?.value;
    expect(at('0.0')).toBe(4);
    expect(last.find(({ attributes }) => 'otel.metric.overflow' in attributes)?.value).toBe(4500 - 1999);
    void box.shutdown({ timeoutMillis: 100 });
    await vi.advanceTimersByTimeAsync(100);
  });
});

test('a resource that takes longer than one export may - is waited for, and no delta leaves without it', async () => {
  const metrics = new KeptMetrics(DELTA);
  const seen: unknown[] = [];
  const exported = metrics.export.bind(metrics);
  metrics.export = (batch, done) => {
    seen.push({ ...(batch as KeptMetrics['batches'][number]).resource.attributes });
    exported(batch, done);
  };
  const region = new Promise<string>((known) => setTimeout(() => known('eu'), 1500));
  const box = createSignalbox({
    destinations: { all: exporters({ metrics, metricExport: { intervalMillis: 250, timeoutMillis: 200 } }) },
    otherTelemetry: 'all',
  });
  const resource = resourceFromAttributes({ 'service.name': 'shop', 'shop.region': region });
  startSdk(box, { resource } as object);
  for (let i = 0; i < 10; i++) {
    box.emit(PAYMENT, EUR);
    await vi.advanceTimersByTimeAsync(250);
  }
  expect(metrics.total('payment.processed', 'sum')).toEqual({ 'payment.currency=EUR': 10 });
  expect(new Set(seen.map((attributes) => JSON.stringify(attributes)))).toEqual(
    new Set([JSON.stringify({ 'service.name': 'shop', 'shop.region': 'eu' })]),
  );
  expect(box.stats().destinations.all?.channels.metrics).toMatchObject({ failed: 0, dropped: {} });
});

test.each([0, 1])(
  'disable() - counts what was measured and not exported: temporality %i',
  async (temporality) => {
    const metrics = new KeptMetrics(temporality);
    const box = createSignalbox({
      destinations: { all: exporters({ metrics }), other: exporters({ metrics: new KeptMetrics() }) },
      routes: [{ signals: PAYMENT, to: 'all' }],
    });
    box.emit(PAYMENT, EUR);
    box.disable();
    const { complete, undelivered } = await box.shutdown();
    expect({ complete, undelivered }).toEqual({ complete: false, undelivered: { all: { shutdown: 2 } } });
    expect(box.stats().destinations.all?.channels.metrics).toMatchObject({
      routed: 2,
      delivered: 0,
      dropped: { shutdown: 2 },
      queued: 0,
    });
    expect(metrics.batches).toEqual([]);
    expect(metrics.calls.filter((call) => call === 'shutdown')).toHaveLength(1);
  },
);
