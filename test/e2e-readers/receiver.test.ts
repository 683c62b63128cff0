import { SeverityNumber } from '@opentelemetry/api-logs';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { afterEach, describe, expect, test } from 'vitest';
import { readMessage } from '../e2e/receive/protobuf.js';
import { startReceiver } from '../e2e/receive/receiver.js';
import { exportersOf } from '../e2e/subjects/poison-exporters.js';
import { TestOtel } from '../support/otel.js';
import { startOtlpEndpoint } from '../support/otlp-endpoint.js';
import { readOtlp } from '../support/otlp-model.js';

const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((one) => one.close()));
});

type Export<T> = { export(items: T, done: (result: { code: number; error?: Error }) => void): void };

async function send<T>(exporter: Export<T>, items: T): Promise<void> {
  const { code, error } = await new Promise<{ code: number; error?: Error }>((done) =>
    exporter.export(items, done),
  );
  if (code !== 0) throw error ?? new Error(`the exporter answered ${code}`);
}

const VALUES = { text: 'ä€😀', whole: -7, large: 2 ** 40, part: 0.5, yes: true, no: false, list: ['a', 'b'] };

/** A bit of everything, made by OpenTelemetry's own SDK. */
async function telemetry() {
  const otel = new TestOtel();
  const tracer = otel.tracerProvider.getTracer('app');
  const other = tracer.startSpan('other');
  const span = tracer.startSpan('work', {
    kind: 4,
    attributes: VALUES,
    links: [{ context: other.spanContext(), attributes: VALUES }],
  });
  span.addEvent('event', VALUES);
  span.setStatus({ code: 2, message: 'no' });
  span.end();
  other.end();
  const logger = otel.loggerProvider.getLogger('app');
  logger.emit({
    eventName: 'e',
    body: 'b',
    severityNumber: SeverityNumber.WARN,
    severityText: 'WARN',
    attributes: VALUES,
  });

  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const provider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] });
  const meter = provider.getMeter('app');
  meter.createCounter('count', { unit: '{x}' }).add(3, { label: 'a' });
  meter.createUpDownCounter('up').add(-2.5);
  meter.createGauge('gauge', { unit: 's' }).record(1.25);
  const histogram = meter.createHistogram('histogram', { advice: { explicitBucketBoundaries: [1, 2.5] } });
  for (const value of [0.5, 2, 9]) histogram.record(value);
  await provider.forceFlush();
  const [metrics] = exporter.getMetrics();
  if (metrics === undefined) throw new Error('no metrics were collected');
  return { logs: otel.logs(), spans: otel.spans(), metrics };
}

describe('startReceiver()', () => {
  test('startReceiver() - reads of protobuf what the same exporters say in JSON', async () => {
    const [receiver, endpoint] = [await startReceiver(), await startOtlpEndpoint()];
    closing.push(receiver, endpoint);
    const { logs, spans, metrics } = await telemetry();
    for (const to of [exportersOf('protobuf', receiver.url), exportersOf('json', endpoint.url)]) {
      await send(to.logs, logs);
      await send(to.spans, spans);
      await send(to.metrics, metrics);
    }
    expect(receiver.complaints).toEqual([]);
    const told = readOtlp(receiver.requests);
    expect(told).toEqual(readOtlp(endpoint.requests));
    expect(told.logs[0]?.attributes).toEqual(VALUES);
    expect(told.spans.map(({ name }) => name)).toEqual(['work', 'other']);
    expect(told.series.map(({ metric }) => metric)).toEqual(['count', 'up', 'gauge', 'histogram']);
  });

  test('startReceiver() - complains of what is no protobuf', async () => {
    const receiver = await startReceiver();
    closing.push(receiver);
    const response = await fetch(`${receiver.url}/v1/logs`, { method: 'POST', body: '{}' });
    expect(response.status).toBe(400);
    expect(receiver.complaints).toEqual([expect.stringContaining('POST /v1/logs as text/plain')]);
  });

  test('readMessage() - refuses a message that ends before its field does', () => {
    const message = { 1: { name: 'text', kind: 'text' } } as const;
    expect(readMessage(message, Buffer.from([0x0a, 2, 0x68, 0x69]))).toEqual({ text: 'hi' });
    expect(() => readMessage(message, Buffer.from([0x0a, 3, 0x68, 0x69]))).toThrow(/ends before its field/);
  });
});
