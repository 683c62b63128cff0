import type { Attributes } from '@opentelemetry/api';
import { metrics as metricsApi } from '@opentelemetry/api';
import type { InstrumentType } from '@opentelemetry/sdk-metrics';
import { AggregationType, DataPointType, MeterProvider } from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import type { Signalbox } from 'signalbox';
import { createSignalbox, defineSignal } from 'signalbox';
import { exporters, nodeSdk } from 'signalbox/sdk';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CORE } from '../../src/box/core.js';
import type { MetricReaderLike } from '../../src/sdk/app-metric-reader.js';
import { recordDiag, resetOtel } from '../support/otel.js';
import { EMAIL_SENT, PAYMENT, startSdk, stopSdks } from './app.js';
import { KeptMetrics, settle } from './helpers.js';

beforeEach(() => {
  for (const kind of ['TRACES', 'LOGS', 'METRICS']) vi.stubEnv(`OTEL_${kind}_EXPORTER`, 'none');
});
afterEach(async () => {
  vi.useRealTimers();
  await stopSdks();
  vi.unstubAllEnvs();
  resetOtel();
});

const DELTA = 0;
const EUR = { currency: 'EUR', took: 80 } as const;

const PARSED = defineSignal('LIBRARY_PARSED', { metrics: [{ type: 'counter', name: 'library.parsed' }] });

function ownBox(metrics: KeptMetrics, to: readonly ('all' | 'otel')[] = ['all']): Signalbox<'all' | 'otel'> {
  return createSignalbox({
    destinations: { all: exporters({ metrics }) },
    otherTelemetry: 'all',
    routes: [{ signals: '*', to }],
  });
}

/** A reader as nodeSdk makes it, told what the box gives the app's SDK by routes that name `otel`. */
function readerOf(box: Signalbox, handed: readonly string[]): MetricReaderLike {
  const port = box[CORE].ports.get('all') as unknown as {
    reader(saw: () => void, handed: (instrument: string) => boolean): MetricReaderLike;
  };
  return port.reader(
    () => {},
    (instrument) => handed.includes(instrument),
  );
}

function start(...readers: MetricReaderLike[]): MeterProvider {
  const provider = new MeterProvider({ readers });
  metricsApi.setGlobalMeterProvider(provider);
  return provider;
}

describe('the box of a library, beside the one of the app', () => {
  test("nodeSdk() - a library's metrics come to the destination of other telemetry as all others do", async () => {
    const metrics = new KeptMetrics();
    const box = ownBox(metrics);
    startSdk(box);
    const library = createSignalbox();
    library.emit(PARSED);
    box.emit(PAYMENT, EUR);
    metricsApi.getMeter('app').createCounter('requests').add(1);
    await box.forceFlush();
    for (const name of ['library.parsed', 'payment.processed', 'requests'])
      expect(metrics.of(name)).toHaveLength(1);
    expect(metrics.total('library.parsed', 'last')).toEqual({ '': 1 });
  });

  test('nodeSdk() - what the box routes to `otel` alone comes to no exporter of its own', async () => {
    const metrics = new KeptMetrics();
    const box = ownBox(metrics, ['otel']);
    startSdk(box);
    createSignalbox().emit(PARSED);
    box.emit(PAYMENT, EUR);
    await box.forceFlush();
    expect(metrics.names.filter((name) => !name.startsWith('signalbox.'))).toEqual(['library.parsed']);
  });

  test('the reader - an instrument that both boxes have comes from both where this one gives the SDK nothing of it', async () => {
    const metrics = new KeptMetrics(DELTA);
    const box = ownBox(metrics);
    start(readerOf(box, []));
    const library = createSignalbox();
    box.emit(EMAIL_SENT, { template: 'welcome' });
    library.emit(EMAIL_SENT, { template: 'welcome' });
    library.emit(EMAIL_SENT, { template: 'reminder' });
    await box.forceFlush();
    // The box and the SDK export each their own: the second of them says so.
    expect(metrics.total('email.sent', 'sum')).toEqual({
      'template=welcome': 1,
      'template=reminder': 1,
      'signalbox.box=2 template=welcome': 1,
    });
    const destinations = metrics
      .points('signalbox.items')
      .map(({ attributes }: { attributes: Attributes }) => attributes['signalbox.destination']);
    expect(destinations).toContain('otel');
  });

  test('the reader - what this box gives the SDK too is counted once', async () => {
    const metrics = new KeptMetrics(DELTA);
    const box = ownBox(metrics, ['all', 'otel']);
    start(readerOf(box, ['payment.processed', 'payment.duration']));
    const library = createSignalbox();
    box.emit(PAYMENT, EUR);
    library.emit(PARSED);
    await box.forceFlush();
    expect(metrics.total('payment.processed', 'sum')).toEqual({ 'payment.currency=EUR': 1 });
    expect(metrics.total('library.parsed', 'sum')).toEqual({ '': 1 });
  });

  test('the reader - what this box once gave the SDK stays left out when it gives it no more', async () => {
    const metrics = new KeptMetrics();
    const box = ownBox(metrics, ['all', 'otel']);
    const handed = ['payment.processed', 'payment.duration'];
    start(readerOf(box, handed));
    box.emit(PAYMENT, EUR);
    await box.forceFlush();
    handed.length = 0;
    await box.forceFlush();
    expect(metrics.of('payment.processed')).toHaveLength(2);
    expect(metrics.total('payment.processed', 'last')).toEqual({ 'payment.currency=EUR': 1 });
  });

  test('the reader - a box that gives its own instruments to the SDK still lets those through that it never measured', async () => {
    const metrics = new KeptMetrics(DELTA);
    const box = ownBox(metrics, ['all', 'otel']);
    start(readerOf(box, ['payment.processed', 'payment.duration', 'email.sent']));
    box.emit(PAYMENT, EUR);
    createSignalbox().emit(EMAIL_SENT, { template: 'welcome' });
    await box.forceFlush();
    expect(metrics.total('email.sent', 'sum')).toEqual({ 'template=welcome': 1 });
  });
});

describe('another SDK on the same box', () => {
  const request = (): void => metricsApi.getMeter('app').createCounter('requests').add(1);

  test.each(['the options that nodeSdk() gives anew', 'the options that it has'])(
    "nodeSdk() - a second SDK's own metrics are exported, by %s",
    async (which) => {
      const metrics = new KeptMetrics(DELTA);
      const box = ownBox(metrics);
      const options = () => nodeSdk(box, { autoDetectResources: false });
      const first = options();
      const sdk = new NodeSDK(first);
      sdk.start();
      request();
      await sdk.shutdown();
      resetOtel();
      const second = new NodeSDK(which.endsWith('anew') ? options() : first);
      second.start();
      request();
      await box.forceFlush();
      expect(metrics.total('requests', 'sum')).toEqual({ '': 2 });
      request();
      await second.shutdown();
      expect(metrics.total('requests', 'sum')).toEqual({ '': 3 });
    },
  );

  test('nodeSdk() - a second SDK is read each interval too', async () => {
    vi.useFakeTimers();
    const metrics = new KeptMetrics(DELTA);
    const box = ownBox(metrics);
    const first = start(readerOf(box, []));
    await first.shutdown();
    expect(vi.getTimerCount()).toBe(1);
    metricsApi.disable();
    const second = start(readerOf(box, []));
    request();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(metrics.total('requests', 'sum')).toEqual({ '': 1 });
    await box.shutdown();
    await second.shutdown();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('nodeSdk() - the first SDK, shut down late, takes nothing from the second', async () => {
    const metrics = new KeptMetrics(DELTA);
    const box = ownBox(metrics);
    const first = start(readerOf(box, []));
    metricsApi.disable();
    start(readerOf(box, []));
    await first.shutdown();
    request();
    await box.forceFlush();
    expect(metrics.total('requests', 'sum')).toEqual({ '': 1 });
  });

  test('shutdown() - brings out what both SDKs have', async () => {
    const metrics = new KeptMetrics(DELTA);
    const box = ownBox(metrics);
    for (const provider of [start(readerOf(box, [])), start(readerOf(box, []))])
      provider.getMeter('app').createCounter('requests').add(1);
    expect(await box.shutdown()).toEqual({ complete: true, undelivered: {} });
    expect(metrics.total('requests', 'sum')).toEqual({ '': 2 });
  });

  test('shutdown() - an SDK that starts later sets no timer', async () => {
    vi.useFakeTimers();
    const box = ownBox(new KeptMetrics());
    await box.shutdown();
    start(readerOf(box, []));
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("the exporter's choice of aggregation", () => {
  class Choosing extends KeptMetrics {
    readonly selectAggregation: (type: InstrumentType) => never;
    constructor(choose: (type: InstrumentType) => unknown) {
      super();
      this.selectAggregation = (type) => choose(type) as never;
    }
  }
  const exponential = (type: InstrumentType) =>
    type === 'HISTOGRAM'
      ? { type: AggregationType.EXPONENTIAL_HISTOGRAM }
      : { type: AggregationType.DEFAULT };

  async function measured(metrics: KeptMetrics): Promise<void> {
    const box = ownBox(metrics);
    startSdk(box);
    const meter = metricsApi.getMeter('app');
    meter.createHistogram('latency').record(3);
    meter.createCounter('requests').add(1);
    box.emit(PAYMENT, EUR);
    await box.forceFlush();
  }

  test("selectAggregation - is asked for the app's own instruments, and those of the box have the buckets that they declare", async () => {
    const metrics = new Choosing(exponential);
    await measured(metrics);
    expect(metrics.of('latency')[0]?.dataPointType).toBe(DataPointType.EXPONENTIAL_HISTOGRAM);
    expect(metrics.of('requests')[0]?.dataPointType).toBe(DataPointType.SUM);
    expect(metrics.of('payment.duration')[0]?.dataPointType).toBe(DataPointType.HISTOGRAM);
  });

  test('selectAggregation - an exporter that throws is told, and one that says nothing is no trouble: they get the default', async () => {
    const told = recordDiag();
    const broken = new Choosing(() => {
      throw new Error('no');
    });
    await measured(broken);
    expect(broken.of('latency')[0]?.dataPointType).toBe(DataPointType.HISTOGRAM);
    expect(told).toEqual([
      "signalbox: destination 'all': its metric exporter could not say how to aggregate: Error: no",
    ]);
    await stopSdks();
    resetOtel();
    for (const nothing of [undefined, null, 'explicit', {}]) {
      const silent = new Choosing(() => nothing);
      await measured(silent);
      expect(silent.of('latency')[0]?.dataPointType).toBe(DataPointType.HISTOGRAM);
      await stopSdks();
      resetOtel();
    }
  });
});

describe("errors of the app's observable callbacks", () => {
  test('an error - is told, once a minute at most, and takes nothing from the other metrics', async () => {
    const told = recordDiag();
    const metrics = new KeptMetrics();
    const box = ownBox(metrics);
    startSdk(box);
    const meter = metricsApi.getMeter('app');
    meter.createCounter('requests').add(1);
    meter.createObservableGauge('pool').addCallback(() => {
      throw new Error('no pool');
    });
    for (let i = 0; i < 3; i++) await box.forceFlush();
    await settle();
    expect(metrics.of('requests')).toHaveLength(3);
    expect(told).toEqual([
      "signalbox: destination 'all': some of the app's own metrics could not be collected: Error: no pool",
    ]);
  });
});
