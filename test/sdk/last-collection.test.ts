import { metrics as metricsApi } from '@opentelemetry/api';
import type { Signalbox } from 'signalbox';
import { createSignalbox } from 'signalbox';
import { exporters } from 'signalbox/sdk';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CORE } from '../../src/box/core.js';
import { recordDiag, resetOtel } from '../support/otel.js';
import { PAYMENT, startSdk, stopSdks } from './app.js';
import { Dead, KeptMetrics } from './helpers.js';

let told: string[];
vi.mock('../../src/delivery/timers.js', () => import('../support/global-timers.js'));

beforeEach(() => {
  vi.useFakeTimers();
  told = recordDiag();
});
afterEach(async () => {
  const stopped = stopSdks();
  await vi.advanceTimersByTimeAsync(60_000);
  await stopped;
  vi.useRealTimers();
  resetOtel();
});

const EUR = { currency: 'EUR', took: 80 } as const;
const DEPTH = { type: 'observableGauge', name: 'queue.jobs', unit: '{job}', description: '' } as const;

function pay(box: Signalbox, times: number): void {
  for (let i = 0; i < times; i++) box.emit(PAYMENT, EUR);
}

/** A store that answers no more, as the gauges of a queue see it. */
const noAnswer = (): Promise<void> => new Promise(() => {});

async function shutDown(box: Signalbox, options?: { timeoutMillis: number }) {
  const begin = Date.now();
  let after = Number.NaN;
  const closed = box.shutdown(options).finally(() => {
    after = Date.now() - begin;
  });
  await vi.advanceTimersByTimeAsync(20_000);
  return { after, report: await closed };
}

const NONE_LOST = { complete: true, undelivered: {} };

describe('shutdown() while a store does not answer', () => {
  test('shutdown() - exports what was measured since the last interval all the same, well before its deadline', async () => {
    const metrics = new KeptMetrics(0);
    const box = createSignalbox({ destinations: { all: exporters({ metrics }) }, otherTelemetry: 'all' });
    box[CORE].observe(DEPTH, noAnswer);
    pay(box, 100);
    const { after, report } = await shutDown(box);
    expect(metrics.total('payment.processed', 'sum')).toEqual({ 'payment.currency=EUR': 100 });
    expect(report).toEqual(NONE_LOST);
    expect(after).toBeLessThanOrEqual(2500);
    expect(told[0]).toContain("observing the metric 'queue.jobs' failed: Error: no end within 1667 ms");
    expect(metrics.calls.at(-1)).toBe('shutdown');
  });

  test('shutdown() - waits no longer for a collection of the last interval that is held up', async () => {
    const metrics = new KeptMetrics(0);
    const box = createSignalbox({
      destinations: { all: exporters({ metrics, metricExport: { intervalMillis: 10_000 } }) },
      otherTelemetry: 'all',
    });
    box[CORE].observe(DEPTH, noAnswer);
    pay(box, 1);
    await vi.advanceTimersByTimeAsync(11_000);
    pay(box, 2);
    const { after, report } = await shutDown(box);
    expect(metrics.total('payment.processed', 'sum')).toEqual({ 'payment.currency=EUR': 3 });
    expect(report).toEqual(NONE_LOST);
    expect(after).toBeLessThan(3000);
  });

  test('shutdown() - a store that is slow but answers in time is heard', async () => {
    const metrics = new KeptMetrics();
    const box = createSignalbox({ destinations: { all: exporters({ metrics }) }, otherTelemetry: 'all' });
    box[CORE].observe(DEPTH, async (result) => {
      await new Promise((done) => setTimeout(done, 1000));
      result.observe(7);
    });
    const { report } = await shutDown(box);
    expect(metrics.total('queue.jobs', 'last')).toEqual({ '': 7 });
    expect(report).toEqual(NONE_LOST);
  });

  test("shutdown() - an observable callback of the app's own holds up none of the app's other metrics", async () => {
    const metrics = new KeptMetrics(0);
    const box = createSignalbox({
      destinations: { all: exporters({ metrics, metricExport: { intervalMillis: 10_000 } }) },
      otherTelemetry: 'all',
    });
    startSdk(box);
    const meter = metricsApi.getMeter('app');
    const requests = meter.createCounter('requests');
    meter.createObservableGauge('hangs').addCallback(noAnswer);
    requests.add(1);
    // A collection is under way that the SDK would wait ten seconds for.
    await vi.advanceTimersByTimeAsync(11_000);
    requests.add(2);
    pay(box, 1);
    const { after, report } = await shutDown(box);
    expect(metrics.total('requests', 'sum')).toEqual({ '': 3 });
    expect(metrics.total('payment.processed', 'sum')).toEqual({ 'payment.currency=EUR': 1 });
    expect(report).toEqual(NONE_LOST);
    expect(after).toBeLessThan(3000);
  });

  test('shutdown() - what could not be collected before the deadline is counted', async () => {
    const metrics = new KeptMetrics();
    const box = createSignalbox({ destinations: { all: exporters({ metrics }) }, otherTelemetry: 'all' });
    box[CORE].observe(DEPTH, noAnswer);
    pay(box, 10);
    await shutDown(box, { timeoutMillis: 1 });
    expect(metrics.batches).toEqual([]);
    const { metrics: account } = box.stats().destinations.all?.channels ?? {};
    expect(account).toMatchObject({ delivered: 0, failed: 0, queued: 0 });
    // The two instruments of the signal, and what the box tells of itself.
    expect(account?.routed).toBeGreaterThanOrEqual(2);
    expect(account?.dropped).toEqual({ shutdown: account?.routed });
  });

  test('shutdown() - leaves no timer behind', async () => {
    const box = createSignalbox({
      destinations: { all: exporters({ metrics: new KeptMetrics() }) },
      otherTelemetry: 'all',
    });
    box[CORE].observe(DEPTH, noAnswer);
    await shutDown(box);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('shutdown() while an exporter hangs that was given the last interval', () => {
  test('shutdown() - those that are collected with it get their last points all the same', async () => {
    const [well, dead] = [new KeptMetrics(1), new Dead()];
    const times = { metricExport: { intervalMillis: 10_000, timeoutMillis: 60_000 } };
    const box = createSignalbox({
      destinations: {
        dead: exporters({ metrics: dead, ...times }),
        well: exporters({ metrics: well, ...times }),
      },
    });
    pay(box, 1);
    await vi.advanceTimersByTimeAsync(11_000);
    pay(box, 2);
    const { after, report } = await shutDown(box);
    expect(well.total('payment.processed', 'last')).toEqual({ 'payment.currency=EUR': 3 });
    expect(report.complete).toBe(false);
    expect(Object.keys(report.undelivered)).toEqual(['dead']);
    expect(after).toBe(5000);
    // Two points were in flight, two had not begun.
    expect(box.stats().destinations.dead?.channels.metrics).toMatchObject({
      routed: 4,
      failed: 2,
      dropped: { shutdown: 2 },
      queued: 0,
    });
  });
});
