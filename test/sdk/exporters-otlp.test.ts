import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { AggregationTemporality } from '@opentelemetry/sdk-metrics';
import type { Signalbox } from 'signalbox';
import { createSignalbox } from 'signalbox';
import type { ExportersOptions } from 'signalbox/sdk';
import { exporters } from 'signalbox/sdk';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { recordDiag, resetOtel } from '../support/otel.js';
import type { OtlpEndpoint } from '../support/otlp-endpoint.js';
import { startOtlpEndpoint } from '../support/otlp-endpoint.js';
import { EMAIL_SENT, inSpan, PAYMENT, startSdk, stopSdks } from './app.js';

let one: OtlpEndpoint;
let two: OtlpEndpoint;
beforeEach(async () => {
  recordDiag();
  [one, two] = await Promise.all([startOtlpEndpoint(), startOtlpEndpoint()]);
});
afterEach(async () => {
  await stopSdks();
  resetOtel();
  await Promise.all([one.close(), two.close()]);
});

function otlp({ url }: OtlpEndpoint, temporality = AggregationTemporality.CUMULATIVE): ExportersOptions {
  return {
    logs: new OTLPLogExporter({ url: `${url}/v1/logs` }),
    spans: new OTLPTraceExporter({ url: `${url}/v1/traces` }),
    metrics: new OTLPMetricExporter({
      url: `${url}/v1/metrics`,
      temporalityPreference: temporality as never,
    }),
  };
}

interface Json {
  readonly [key: string]: Json[] & Json & string;
}

/** What came, of one kind: its resources, and its records, spans or metrics. */
function received(endpoint: OtlpEndpoint, kind: 'logs' | 'traces' | 'metrics') {
  const [resources, scopes, items] = {
    logs: ['resourceLogs', 'scopeLogs', 'logRecords'],
    traces: ['resourceSpans', 'scopeSpans', 'spans'],
    metrics: ['resourceMetrics', 'scopeMetrics', 'metrics'],
  }[kind] as [string, string, string];
  const all = endpoint.requests
    .filter((request) => request.kind === kind)
    .flatMap(({ body }) => (JSON.parse(body.toString()) as Json)[resources] as Json[]);
  return {
    resources: all.map(({ resource }) => resource?.attributes),
    items: all.flatMap((entry) => (entry[scopes] as Json[]).flatMap((scope) => scope[items] as Json[])),
  };
}

function start(): Signalbox {
  const box = createSignalbox({
    destinations: { one: exporters(otlp(one)), two: exporters(otlp(two, AggregationTemporality.DELTA)) },
    otherTelemetry: 'one',
    routes: [
      { signals: '*', to: 'one' },
      { signals: PAYMENT, to: 'two', reveal: ['user'] },
    ],
  });
  startSdk(box);
  return box;
}

describe('real OTLP exporters', () => {
  test('real OTLP exporters - two endpoints receive what each is routed, as valid OTLP with the resource', async () => {
    const box = start();
    inSpan('mail', () => box.emit(EMAIL_SENT, { template: 'welcome' }));
    inSpan('pay', () => box.emit(PAYMENT, { currency: 'EUR', took: 80, user: 'ada' }));
    expect(await box.shutdown()).toEqual({ complete: true, undelivered: {} });

    const names = (endpoint: OtlpEndpoint, kind: 'logs' | 'traces' | 'metrics'): unknown[] =>
      received(endpoint, kind).items.map(({ name, eventName }) => name ?? eventName);
    expect(names(one, 'logs')).toEqual(['email.sent', 'payment.processed']);
    expect(names(two, 'logs')).toEqual(['payment.processed']);
    expect(names(one, 'traces')).toEqual(['mail', 'pay']);
    expect(names(two, 'traces')).toEqual(['pay']);
    expect(names(one, 'metrics')).toEqual(
      expect.arrayContaining(['email.sent', 'payment.processed', 'payment.duration', 'signalbox.items']),
    );
    expect([...names(two, 'metrics')].sort()).toEqual(['payment.duration', 'payment.processed']);

    const user = (endpoint: OtlpEndpoint): unknown =>
      received(endpoint, 'logs')
        .items.at(-1)
        ?.attributes?.find(({ key }) => key === 'enduser.id')?.value;
    expect(user(one)).toEqual({ stringValue: '[redacted]' });
    expect(user(two)).toEqual({ stringValue: 'ada' });
    const counter = (endpoint: OtlpEndpoint): unknown =>
      received(endpoint, 'metrics').items.find(({ name }) => name === 'payment.processed')?.sum;
    expect(counter(one)).toMatchObject({
      aggregationTemporality: 2,
      isMonotonic: true,
      dataPoints: [{ asDouble: 1 }],
    });
    expect(counter(two)).toMatchObject({ aggregationTemporality: 1, dataPoints: [{ asDouble: 1 }] });
    for (const endpoint of [one, two]) {
      expect(endpoint.complaints).toEqual([]);
      for (const kind of ['logs', 'traces', 'metrics'] as const)
        for (const resource of received(endpoint, kind).resources)
          expect(resource).toEqual([{ key: 'service.name', value: { stringValue: 'shop' } }]);
    }
  });

  test('real OTLP exporters - an endpoint that hangs takes nothing from the other, and stats() says what it did not take', async () => {
    two.manner = 'hang';
    const box = start();
    for (let i = 0; i < 100; i++) box.emit(PAYMENT, { currency: 'EUR', took: 80 });
    const { complete, undelivered } = await box.shutdown({ timeoutMillis: 500 });
    expect(complete).toBe(false);
    expect(undelivered).toEqual({ two: { failed: 102 } });
    expect(received(one, 'logs').items).toHaveLength(100);
    const { channels } = box.stats().destinations.two ?? {};
    expect(channels?.logs).toMatchObject({ routed: 100, delivered: 0, failed: 100, queued: 0 });
    expect(channels?.metrics).toMatchObject({ routed: 2, failed: 2 });
  });
});
