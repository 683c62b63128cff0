import { metrics as metricsApi } from '@opentelemetry/api';
import fc from 'fast-check';
import { createSignalbox, defineSignal, field } from 'signalbox';
import { exporters } from 'signalbox/sdk';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CORE } from '../../src/box/core.js';
import type { ExportCallback } from '../../src/sdk/exporter-like.js';
import { forgetWriters, recordDiag, resetOtel } from '../support/otel.js';
import { EMAIL_RESENT, EMAIL_SENT, PAYMENT, REPORT, startSdk, stopSdks } from './app.js';
import type { Kept } from './helpers.js';
import { Dead, KeptLogs, KeptMetrics } from './helpers.js';

afterEach(async () => {
  vi.useRealTimers();
  await stopSdks();
  resetOtel();
});

const DELTA = 0;
const CUMULATIVE = 1;
const EUR = { currency: 'EUR', took: 80 } as const;
const USD = { currency: 'USD', took: 2000 } as const;
const OWN = /^(?!signalbox\.)/;

/** Names of what the app or its signals measure; `signalbox.*` is what the box tells of itself. */
function names(metrics: KeptMetrics): string[] {
  return metrics.names.filter((name) => OWN.test(name));
}

describe('instruments', () => {
  test('instruments - go whole to each destination that is routed a signal that feeds them, and to no other', async () => {
    const [all, money, resent, logsOnly] = [1, 2, 3, 4].map(() => new KeptMetrics(CUMULATIVE));
    const box = createSignalbox({
      destinations: {
        all: exporters({ metrics: all as KeptMetrics }),
        money: exporters({ metrics: money as KeptMetrics }),
        resent: exporters({ metrics: resent as KeptMetrics }),
        logsOnly: exporters({ metrics: logsOnly as KeptMetrics, logs: new KeptLogs() }),
      },
      routes: [
        { signals: '*', to: 'all' },
        // Severities and conditions change no metric's value.
        { signals: PAYMENT, minSeverity: 'error', to: 'money' },
        { signals: EMAIL_RESENT, to: 'resent' },
        { signals: '*', channels: ['logs'], to: 'logsOnly' },
      ],
    });
    box.emit(PAYMENT, EUR);
    box.emit(PAYMENT, USD);
    box.emit(EMAIL_SENT, { template: 'welcome' });
    box.emit(EMAIL_RESENT, { template: 'welcome' });
    await box.forceFlush();
    expect(all?.names).toEqual(['email.sent', 'payment.duration', 'payment.processed']);
    expect(money?.names).toEqual(['payment.duration', 'payment.processed']);
    expect(resent?.names).toEqual(['email.sent']);
    expect(logsOnly?.batches).toEqual([]);
    expect(money?.total('payment.processed', 'last')).toEqual({
      'payment.currency=EUR': 1,
      'payment.currency=USD': 1,
    });
    // The instrument counts both signals, also where only one of them is routed.
    expect(resent?.total('email.sent', 'last')).toEqual({ 'template=welcome': 2 });
    expect(resent?.of('email.sent')).toEqual(all?.of('email.sent'));
  });

  test('instruments - have the unit, the description and the buckets that they were declared with', async () => {
    const metrics = new KeptMetrics(CUMULATIVE);
    const box = createSignalbox({ destinations: { all: exporters({ metrics }) } });
    box.emit(PAYMENT, EUR);
    box.emit(PAYMENT, { ...EUR, took: 100 });
    box.emit(PAYMENT, { ...EUR, took: 5000 });
    await box.forceFlush();
    const [histogram] = metrics.of('payment.duration');
    expect(histogram?.descriptor).toMatchObject({ unit: 's', type: 'HISTOGRAM' });
    expect(histogram?.dataPoints[0]?.value).toEqual({
      min: 0.08,
      max: 5,
      sum: 5.18,
      count: 3,
      buckets: { boundaries: [0.1, 1], counts: [2, 0, 1] },
    });
    expect(metrics.batches[0]?.scopeMetrics.map(({ scope }) => scope.name)).toEqual(['signalbox']);
  });

  test('instruments - that no signal feeds go to the destination of other telemetry alone', async () => {
    const [all, money] = [new KeptMetrics(), new KeptMetrics()];
    const box = createSignalbox({
      destinations: { all: exporters({ metrics: all }), money: exporters({ metrics: money }) },
      otherTelemetry: 'all',
      routes: [{ signals: '*', to: ['all', 'money'] }],
    });
    const gauge = { type: 'observableGauge', name: 'queue.jobs', unit: '{job}', description: '' } as const;
    box[CORE].observe(gauge, (result) => result.observe(7, { queue: 'mail' }));
    box.emit(REPORT);
    await box.forceFlush();
    expect(names(all)).toEqual(['queue.jobs']);
    expect(all.total('queue.jobs', 'last')).toEqual({ 'queue=mail': 7 });
    expect(all.names).toContain('signalbox.queue.capacity');
    expect(money.names).toEqual([]);
  });

  test('instruments - other meters come to the destination of other telemetry, those of the box there once', async () => {
    const [all, money] = [new KeptMetrics(), new KeptMetrics(DELTA)];
    const box = createSignalbox({
      destinations: { all: exporters({ metrics: all }), money: exporters({ metrics: money }) },
      otherTelemetry: 'all',
      routes: [{ signals: PAYMENT, to: ['all', 'money', 'otel'] }],
    });
    startSdk(box);
    metricsApi.getMeter('app').createCounter('requests').add(3, { route: '/' });
    box.emit(PAYMENT, EUR);
    await box.forceFlush();
    expect(names(all)).toEqual(['payment.duration', 'payment.processed', 'requests']);
    expect(all.total('requests', 'last')).toEqual({ 'route=/': 3 });
    expect(all.of('payment.processed')).toHaveLength(1);
    expect(all.total('payment.processed', 'last')).toEqual({ 'payment.currency=EUR': 1 });
    expect(names(money)).toEqual(['payment.duration', 'payment.processed']);
    expect(money.total('payment.processed', 'sum')).toEqual({ 'payment.currency=EUR': 1 });
  });
});

describe('temporalities', () => {
  type Step = 'EUR' | 'USD' | 'mail' | 'flush';

  test('temporalities - a delta and a cumulative destination both add up to what was emitted, whatever was flushed when', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom<Step>('EUR', 'EUR', 'USD', 'mail', 'flush'), { maxLength: 40 }),
        async (script) => {
          const [delta, cumulative, alsoDelta] = [
            new KeptMetrics(DELTA),
            new KeptMetrics(CUMULATIVE),
            new KeptMetrics(DELTA),
          ];
          const box = createSignalbox({
            destinations: {
              delta: exporters({ metrics: delta, metricExport: { intervalMillis: 10_000 } }),
              cumulative: exporters({ metrics: cumulative }),
              alsoDelta: exporters({ metrics: alsoDelta }),
            },
            otherTelemetry: 'cumulative',
            routes: [
              { signals: '*', to: ['delta', 'cumulative'] },
              { signals: PAYMENT, to: 'alsoDelta' },
            ],
          });
          const truth: Record<string, number> = {};
          for (const step of script) {
            if (step === 'flush') await box.forceFlush();
            else if (step === 'mail') box.emit(EMAIL_SENT, { template: 'welcome' });
            else {
              const key = `payment.currency=${step}`;
              truth[key] = (truth[key] ?? 0) + 1;
              box.emit(PAYMENT, step === 'EUR' ? EUR : USD);
            }
          }
          await box.shutdown();
          forgetWriters();
          for (const name of ['payment.processed', 'payment.duration']) {
            expect(delta.total(name, 'sum')).toEqual(truth);
            expect(alsoDelta.total(name, 'sum')).toEqual(truth);
            expect(cumulative.total(name, 'last')).toEqual(truth);
          }
          const mails = script.filter((step) => step === 'mail').length;
          expect(delta.total('email.sent', 'sum')['template=welcome'] ?? 0).toBe(mails);
          expect(alsoDelta.names).not.toContain('email.sent');
          expect(delta.of('payment.processed').every((m) => m.aggregationTemporality === DELTA)).toBe(true);
          expect(cumulative.of('payment.processed').every((m) => m.aggregationTemporality === 1)).toBe(true);
        },
      ),
      { numRuns: 50 },
    );
  });

  test('temporalities - an exporter whose choice throws gets cumulative points', async () => {
    class Broken extends KeptMetrics {
      override readonly selectAggregationTemporality = (): number => {
        throw new Error('no');
      };
    }
    const metrics = new Broken();
    const box = createSignalbox({ destinations: { all: exporters({ metrics }) } });
    box.emit(PAYMENT, EUR);
    await box.forceFlush();
    expect(metrics.of('payment.processed')[0]?.aggregationTemporality).toBe(CUMULATIVE);
  });
});

describe('routes that change while running', () => {
  const start = (temporality: number, intervalMillis: number) => {
    const [first, late] = [new KeptMetrics(temporality), new KeptMetrics(temporality)];
    const box = createSignalbox({
      destinations: {
        first: exporters({ metrics: first }),
        late: exporters({ metrics: late, metricExport: { intervalMillis } }),
      },
      otherTelemetry: 'first',
      routes: [{ signals: '*', to: 'first' }],
    });
    return { box, first, late };
  };

  // 60 s is also the first one's: the two then collect together.
  test.each([60_000, 10_000])(
    'a route that is added - cumulative points go on being right in both (each %i ms)',
    async (interval) => {
      const { box, first, late } = start(CUMULATIVE, interval);
      box.emit(PAYMENT, EUR);
      await box.forceFlush();
      expect(late.batches).toEqual([]);
      box.route({ signals: PAYMENT, to: 'late' });
      box.emit(PAYMENT, EUR);
      box.emit(PAYMENT, USD);
      await box.forceFlush();
      const truth = { 'payment.currency=EUR': 2, 'payment.currency=USD': 1 };
      expect(first.total('payment.processed', 'last')).toEqual(truth);
      expect(late.total('payment.processed', 'last')).toEqual(truth);
      expect(late.points('payment.processed')[0]?.startTime).toEqual(
        first.points('payment.processed')[0]?.startTime,
      );
    },
  );

  test.each([60_000, 10_000])(
    'a route that is added - delta points go on being right in both, each over its own time (each %i ms)',
    async (interval) => {
      const { box, first, late } = start(DELTA, interval);
      box.emit(PAYMENT, EUR);
      await box.forceFlush();
      box.route({ signals: PAYMENT, to: 'late' });
      for (let i = 0; i < 3; i++) {
        box.emit(PAYMENT, EUR);
        await box.forceFlush();
      }
      expect(first.total('payment.processed', 'sum')).toEqual({ 'payment.currency=EUR': 4 });
      const points = late.points('payment.processed');
      const before = first.points('payment.processed');
      // It gets the whole instrument: its first point reaches back to the first measurement.
      expect(points.map(({ value }) => value)).toEqual([2, 1, 1]);
      expect(points[0]?.startTime).toEqual(before[0]?.startTime);
      for (const [i, point] of points.entries())
        if (i > 0) expect(point.startTime).toEqual(points[i - 1]?.endTime);
    },
  );

  test('a route that is taken away - ends it there, and changes nothing elsewhere', async () => {
    const { box, first, late } = start(CUMULATIVE, 60_000);
    const undo = box.route({ signals: PAYMENT, to: 'late' });
    box.emit(PAYMENT, EUR);
    await box.forceFlush();
    undo();
    box.emit(PAYMENT, EUR);
    await box.forceFlush();
    expect(first.total('payment.processed', 'last')).toEqual({ 'payment.currency=EUR': 2 });
    expect(late.of('payment.processed')).toHaveLength(1);
  });

  test('an instrument that nobody was routed - begins with the route', async () => {
    const metrics = new KeptMetrics(CUMULATIVE);
    const box = createSignalbox({ destinations: { money: exporters({ metrics }) }, routes: [] });
    box.emit(PAYMENT, EUR);
    await box.forceFlush();
    expect(box.stats()).toMatchObject({ unrouted: 1, emitted: 0 });
    box.route({ signals: PAYMENT, to: 'money' });
    box.emit(PAYMENT, EUR);
    await box.forceFlush();
    expect(metrics.total('payment.processed', 'last')).toEqual({ 'payment.currency=EUR': 1 });
  });
});

describe('the export of metrics', () => {
  beforeEach(() => {
    vi.useFakeTimers({
      toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
    });
  });

  test('the export - happens each interval, and none after shutdown', async () => {
    const metrics = new KeptMetrics();
    const destinations = { all: exporters({ metrics, metricExport: { intervalMillis: 5000 } }) };
    const box = createSignalbox({ destinations });
    box.emit(PAYMENT, EUR);
    await vi.advanceTimersByTimeAsync(4999);
    expect(metrics.batches).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(10_001);
    expect(metrics.batches).toHaveLength(3);
    await box.shutdown();
    expect(metrics.calls.slice(3)).toEqual(['export', 'shutdown']);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(metrics.batches).toHaveLength(4);
  });

  test('the export - the last one is the last, also where the next interval comes while it is under way', async () => {
    class Slow extends KeptMetrics {
      override export(batch: unknown, done: Parameters<Kept<never>['export']>[1]): void {
        setTimeout(() => super.export(batch, done), 100);
      }
    }
    const [one, two] = [new Slow(), new Slow()];
    const box = createSignalbox({
      destinations: {
        one: exporters({ metrics: one, metricExport: { intervalMillis: 50 } }),
        two: exporters({ metrics: two, metricExport: { intervalMillis: 50 } }),
      },
    });
    box.emit(PAYMENT, EUR);
    const closed = box.shutdown();
    await vi.advanceTimersByTimeAsync(1000);
    expect(await closed).toEqual({ complete: true, undelivered: {} });
    for (const metrics of [one, two]) expect(metrics.calls).toEqual(['export', 'shutdown']);
  });

  test('the export - has the interval of the environment where none is given', async () => {
    vi.stubEnv('OTEL_METRIC_EXPORT_INTERVAL', '1000');
    const metrics = new KeptMetrics();
    const box = createSignalbox({ destinations: { all: exporters({ metrics }) } });
    box.emit(PAYMENT, EUR);
    await vi.advanceTimersByTimeAsync(2000);
    expect(metrics.batches).toHaveLength(2);
    vi.unstubAllEnvs();
    await box.shutdown();
  });

  test('the export - an interval of the environment that no timer can hold is as long as one can', async () => {
    vi.stubEnv('OTEL_METRIC_EXPORT_INTERVAL', '99999999999');
    const metrics = new KeptMetrics();
    const box = createSignalbox({ destinations: { all: exporters({ metrics }) } });
    vi.unstubAllEnvs();
    box.emit(PAYMENT, EUR);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(metrics.batches).toHaveLength(0);
    await box.shutdown();
  });

  test('the export - has the time limit of the environment where none is given', async () => {
    vi.stubEnv('OTEL_METRIC_EXPORT_TIMEOUT', '700');
    const metrics = new Dead();
    const box = createSignalbox({
      destinations: { all: exporters({ metrics, metricExport: { intervalMillis: 1000 } }) },
    });
    vi.unstubAllEnvs();
    box.emit(PAYMENT, EUR);
    await vi.advanceTimersByTimeAsync(1650);
    expect(box.stats().destinations.all?.channels.metrics?.failed ?? 0).toBe(0);
    await vi.advanceTimersByTimeAsync(100);
    expect(box.stats().destinations.all?.channels.metrics?.failed).toBeGreaterThan(0);
    const closed = box.shutdown();
    await vi.advanceTimersByTimeAsync(5000);
    await closed;
  });

  test('the export - one that hangs counts as failed at its time limit, is told, and is never joined by a second', async () => {
    const told = recordDiag();
    const metrics = new Dead();
    const box = createSignalbox({
      destinations: {
        all: exporters({ metrics, metricExport: { intervalMillis: 1000, timeoutMillis: 3000 } }),
      },
    });
    box.emit(PAYMENT, EUR);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(metrics.calls).toEqual(['export']);
    const { metrics: counts } = box.stats().destinations.all?.channels ?? {};
    expect(counts).toMatchObject({ delivered: 0, failed: 2, queued: 16 });
    expect(counts?.dropped.queue_full).toBe((counts?.routed ?? 0) - 18);
    expect(counts?.routed).toBeGreaterThan(80);
    expect(told.slice(0, 3)).toEqual([
      "signalbox: destination 'all': an export of 2 points failed: Error: no answer within 3000 ms",
      "signalbox: destination 'all': its metric exporter has not answered within 3000 ms; collections wait until it does, since it takes one call at a time",
      "signalbox: destination 'all': 8 collections of metrics wait for its exporter; further ones are dropped and counted",
    ]);
    const closed = box.shutdown({ timeoutMillis: 1000 });
    await vi.advanceTimersByTimeAsync(1000);
    await closed;
    await vi.advanceTimersByTimeAsync(0);
    const end = box.stats().destinations.all?.channels.metrics;
    expect(end).toMatchObject({ delivered: 0, failed: 2, queued: 0 });
    expect(end?.dropped.shutdown).toBe(16);
    expect(metrics.calls).toEqual(['export', 'shutdown']);
  });

  test('the export - one that answers late has failed, and what waited for it goes on one call at a time', async () => {
    recordDiag();
    const open: ExportCallback[] = [];
    class Late extends KeptMetrics {
      override export(batch: unknown, done: ExportCallback): void {
        super.export(batch, () => open.push(done));
      }
    }
    const metrics = new Late(DELTA);
    const box = createSignalbox({
      destinations: {
        all: exporters({ metrics, metricExport: { intervalMillis: 1000, timeoutMillis: 3000 } }),
      },
    });
    for (let i = 0; i < 6; i++) {
      box.emit(PAYMENT, EUR);
      await vi.advanceTimersByTimeAsync(1000);
    }
    expect(open).toHaveLength(1);
    open[0]?.({ code: 0 });
    for (let i = 1; i < 6; i++) {
      await vi.advanceTimersByTimeAsync(0);
      expect(open.length).toBeLessThanOrEqual(i + 1);
      open[i]?.({ code: 0 });
    }
    const closed = box.shutdown();
    for (let i = 6; i < 9; i++) {
      await vi.advanceTimersByTimeAsync(0);
      open[i]?.({ code: 0 });
    }
    await closed;
    const counts = box.stats().destinations.all?.channels.metrics;
    expect(counts).toMatchObject({ failed: 2, queued: 0, dropped: {} });
    expect(metrics.total('payment.processed', 'sum')).toEqual({ 'payment.currency=EUR': 6 });
    expect(counts?.delivered).toBe((counts?.routed ?? 0) - 2);
  });

  test('the export - one that hangs does not hold up the collections of the others', async () => {
    recordDiag();
    const [dead, good] = [new Dead(), new KeptMetrics()];
    const times = { metricExport: { intervalMillis: 1000, timeoutMillis: 3000 } };
    const box = createSignalbox({
      destinations: {
        dead: exporters({ metrics: dead as never, ...times }),
        good: exporters({ metrics: good, ...times }),
      },
    });
    box.emit(PAYMENT, EUR);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(good.batches.length).toBeGreaterThan(15);
    void box.shutdown({ timeoutMillis: 1000 });
    await vi.advanceTimersByTimeAsync(1000);
  });

  test('the export - a failure of one destination is no loss of another', async () => {
    recordDiag();
    class Refusing extends KeptMetrics {
      override export(_: unknown, done: Parameters<Kept<never>['export']>[1]): void {
        done({ code: 1, error: new Error('refused') });
      }
    }
    const [bad, good] = [new Refusing(DELTA), new KeptMetrics(DELTA)];
    const box = createSignalbox({
      destinations: { bad: exporters({ metrics: bad }), good: exporters({ metrics: good }) },
    });
    for (let i = 0; i < 3; i++) {
      box.emit(PAYMENT, EUR);
      await box.forceFlush();
    }
    expect(good.total('payment.processed', 'sum')).toEqual({ 'payment.currency=EUR': 3 });
    const { destinations } = box.stats();
    expect(destinations.good?.channels.metrics).toMatchObject({ routed: 6, delivered: 6, failed: 0 });
    expect(destinations.bad?.channels.metrics).toMatchObject({ routed: 6, delivered: 0, failed: 6 });
    await box.shutdown();
  });

  test('the export - an observed metric that throws or hangs holds up none of the others', async () => {
    recordDiag();
    const metrics = new KeptMetrics();
    const box = createSignalbox({
      destinations: {
        all: exporters({ metrics, metricExport: { intervalMillis: 5000, timeoutMillis: 1000 } }),
      },
      otherTelemetry: 'all',
    });
    const gauge = { type: 'observableGauge', unit: '1', description: '' } as const;
    box[CORE].observe({ ...gauge, name: 'hangs' }, () => new Promise(() => {}));
    box[CORE].observe({ ...gauge, name: 'throws' }, () => {
      throw new Error('no');
    });
    box[CORE].observe({ ...gauge, name: 'works' }, (result) => result.observe(1));
    box.emit(PAYMENT, EUR);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(names(metrics)).toEqual(['payment.duration', 'payment.processed', 'works']);
    expect(metrics.of('works')).toHaveLength(3);
    expect(metrics.total('payment.processed', 'last')).toEqual({ 'payment.currency=EUR': 1 });
  });

  test('the export - too many series are told once, by the name of the instrument', async () => {
    const told = recordDiag();
    const metrics = new KeptMetrics();
    const box = createSignalbox({ destinations: { all: exporters({ metrics }) } });
    for (let i = 0; i < 2100; i++) box.emit(EMAIL_SENT, { template: `t${i}` });
    await box.forceFlush();
    expect(metrics.total('email.sent', 'last')['otel.metric.overflow=true']).toBe(101);
    expect(told).toEqual([
      "signalbox: the metric 'email.sent' has too many series; further ones are added up in one. Take labels away, or give it more room, by a view (attributesProcessors, aggregationCardinalityLimit)",
    ]);
    await box.shutdown();
  });

  test('the export - negative values of counters and histograms are left out, and told once by the name of the instrument', async () => {
    const told = recordDiag();
    const metrics = new KeptMetrics();
    const box = createSignalbox({ destinations: { all: exporters({ metrics }) } });
    const refund = defineSignal('PAYMENT_REFUNDED', {
      fields: { amount: field.number() },
      metrics: [
        { type: 'counter', name: 'refund.total', of: 'amount' },
        { type: 'histogram', name: 'refund.amount', of: 'amount' },
        { type: 'upDownCounter', name: 'balance', of: 'amount' },
      ],
    });
    for (const amount of [5, -1, -2, 0]) box.emit(refund, { amount });
    await box.forceFlush();
    expect(metrics.total('refund.total', 'last')).toEqual({ '': 5 });
    expect(metrics.total('refund.amount', 'last')).toEqual({ '': 2 });
    expect(metrics.total('balance', 'last')).toEqual({ '': 2 });
    expect(told).toEqual(
      ['refund.total', 'refund.amount'].map(
        (name) =>
          `signalbox: the metric '${name}' was given a negative value; counters and histograms take none`,
      ),
    );
    await box.shutdown();
  });
});
