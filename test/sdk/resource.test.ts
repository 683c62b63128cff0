import { metrics as metricsApi, trace } from '@opentelemetry/api';
import { logs as logsApi } from '@opentelemetry/api-logs';
import type { Resource } from '@opentelemetry/resources';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { LoggerProvider } from '@opentelemetry/sdk-logs';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { createSignalbox } from 'signalbox';
import { exporters, spanProcessor } from 'signalbox/sdk';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { resetOtel } from '../support/otel.js';
import { inSpan, PAYMENT, startSdk, stopSdks } from './app.js';
import { KeptLogs, KeptMetrics, KeptSpans } from './helpers.js';

afterEach(async () => {
  vi.unstubAllEnvs();
  await stopSdks();
  resetOtel();
});

const EUR = { currency: 'EUR', took: 80 } as const;
const shop = (): Resource => resourceFromAttributes({ 'service.name': 'shop', 'shop.region': 'eu' });
const SHOP = { 'service.name': 'shop', 'shop.region': 'eu' };

function start() {
  const kept = { logs: new KeptLogs(), spans: new KeptSpans(), metrics: new KeptMetrics() };
  const box = createSignalbox({ destinations: { all: exporters(kept) }, otherTelemetry: 'all' });
  /** The resources that stand on all that was exported. */
  const resources = (): unknown[] => [
    ...kept.logs.records.map(({ resource }) => resource.attributes),
    ...kept.spans.spans.map(({ resource }) => resource.attributes),
    ...kept.metrics.batches.map(({ resource }) => resource.attributes),
  ];
  return { box, resources, ...kept };
}

describe('the resource of what a box exports', () => {
  test("with NodeSDK - is the app's, on records, spans and metrics, the app's and the box's", async () => {
    const { box, resources } = start();
    startSdk(box, { resource: shop() } as object);
    metricsApi.getMeter('app').createCounter('requests').add(1);
    logsApi.getLogger('app').emit({ body: 'of the app' });
    inSpan('work', () => box.emit(PAYMENT, EUR));
    await box.forceFlush();
    expect(resources().length).toBeGreaterThanOrEqual(5);
    for (const resource of resources()) expect(resource).toEqual(SHOP);
  });

  test.each([
    ['TracerProvider', () => trace.setGlobalTracerProvider(new BasicTracerProvider({ resource: shop() }))],
    ['MeterProvider', () => metricsApi.setGlobalMeterProvider(new MeterProvider({ resource: shop() }))],
    ['LoggerProvider', () => logsApi.setGlobalLoggerProvider(new LoggerProvider({ resource: shop() }))],
  ])('with a global %s alone - is found there', async (_, register) => {
    const { box, resources } = start();
    register();
    box.emit(PAYMENT, EUR);
    await box.forceFlush();
    expect(resources()).toEqual([SHOP, SHOP]);
  });

  test('with providers that are handed over by instrumentation() - is found there', async () => {
    const { box, resources } = start();
    box.instrumentation().setTracerProvider(new BasicTracerProvider({ resource: shop() }));
    box.emit(PAYMENT, EUR);
    await box.forceFlush();
    expect(resources()).toEqual([SHOP, SHOP]);
  });

  test('with a spanProcessor() in a provider that is registered nowhere - is seen on its spans', async () => {
    const { box, resources } = start();
    const provider = new BasicTracerProvider({ resource: shop(), spanProcessors: [spanProcessor(box)] });
    provider.getTracer('app').startSpan('work').end();
    box.emit(PAYMENT, EUR);
    await box.forceFlush();
    expect(resources()).toEqual([SHOP, SHOP, SHOP]);
  });

  test('with an SDK that starts after the emit - is found all the same', async () => {
    const { box, logs } = start();
    box.emit(PAYMENT, EUR);
    startSdk(box, { resource: shop() } as object);
    await box.forceFlush();
    expect(logs.records[0]?.resource.attributes).toEqual(SHOP);
  });

  test('with attributes that are still being detected - is waited for', async () => {
    const { box, resources } = start();
    let known!: (region: string) => void;
    const region = new Promise<string>((resolve) => {
      known = resolve;
    });
    const resource = resourceFromAttributes({ 'service.name': 'shop', 'shop.region': region });
    startSdk(box, { resource } as object);
    inSpan('work', () => box.emit(PAYMENT, EUR));
    const flushed = box.forceFlush();
    await new Promise<void>((done) => setImmediate(done));
    expect(resources()).toEqual([]);
    known('eu');
    await flushed;
    expect(resources().length).toBeGreaterThanOrEqual(3);
    for (const found of resources()) expect(found).toEqual(SHOP);
  });

  test('without an SDK - is what the environment says', async () => {
    vi.stubEnv('OTEL_RESOURCE_ATTRIBUTES', 'service.name=other,shop.region=eu%20west, shop.zone = b ');
    vi.stubEnv('OTEL_SERVICE_NAME', 'shop');
    const { box, resources } = start();
    box.emit(PAYMENT, EUR);
    await box.forceFlush();
    const expected = { 'service.name': 'shop', 'shop.region': 'eu west', 'shop.zone': 'b' };
    expect(resources()).toEqual([expected, expected]);
  });

  test('without an SDK and an environment - has a service that is not known', async () => {
    vi.stubEnv('OTEL_RESOURCE_ATTRIBUTES', undefined);
    vi.stubEnv('OTEL_SERVICE_NAME', undefined);
    const { box, resources } = start();
    box.emit(PAYMENT, EUR);
    await box.forceFlush();
    expect(resources()).toEqual([
      { 'service.name': 'unknown_service' },
      { 'service.name': 'unknown_service' },
    ]);
  });
});
