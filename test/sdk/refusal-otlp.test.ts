import { diag, SpanKind, trace } from '@opentelemetry/api';
import { OTLPLogExporter as GrpcLogs } from '@opentelemetry/exporter-logs-otlp-grpc';
import { OTLPLogExporter as JsonLogs } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtoLogs } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPMetricExporter as JsonMetrics } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtoMetrics } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter as JsonSpans } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtoSpans } from '@opentelemetry/exporter-trace-otlp-proto';
import { createSignalbox, defineSignal, field } from 'signalbox';
import type { ExportersOptions } from 'signalbox/sdk';
import { exporters } from 'signalbox/sdk';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { recordDiag, resetOtel } from '../support/otel.js';
import type { OtlpEndpoint } from '../support/otlp-endpoint.js';
import { startOtlpEndpoint } from '../support/otlp-endpoint.js';
import { startSdk, stopSdks } from './app.js';

let endpoint: OtlpEndpoint;
let told: string[];
beforeEach(async () => {
  told = recordDiag();
  endpoint = await startOtlpEndpoint();
});
afterEach(async () => {
  await stopSdks();
  resetOtel();
  await endpoint.close();
});

const POISON = 'poison-77';
const SEEN = defineSignal('THING_SEEN', {
  fields: { name: field.string() },
  metrics: [{ type: 'counter', name: 'thing.seen', by: ['name'] }],
});

function otlp(encoding: string): ExportersOptions {
  const url = (kind: string): { url: string } => ({ url: `${endpoint.url}/v1/${kind}` });
  return encoding === 'JSON'
    ? {
        logs: new JsonLogs(url('logs')),
        spans: new JsonSpans(url('traces')),
        metrics: new JsonMetrics(url('metrics')),
      }
    : {
        logs: new ProtoLogs(url('logs')),
        spans: new ProtoSpans(url('traces')),
        metrics: new ProtoMetrics(url('metrics')),
      };
}

describe.each(['JSON', 'protobuf'])(
  'an endpoint that refuses what is poisoned, by the OTLP exporters of %s',
  (encoding) => {
    test('a refusal - costs the poisoned record, span and point alone, and says so', async () => {
      endpoint.judge = (body) =>
        body.includes(POISON)
          ? { status: 400, body: encoding === 'JSON' ? '{"code":3,"message":"no"}' : '' }
          : undefined;
      const box = createSignalbox({
        destinations: { all: exporters(otlp(encoding)) },
        otherTelemetry: 'all',
      });
      startSdk(box);
      for (let i = 0; i < 100; i++) {
        const name = i === 77 ? POISON : `thing-${i}.`;
        trace.getTracer('app').startSpan(name, { kind: SpanKind.CLIENT }).end();
        box.emit(SEEN, { name });
      }
      const { complete, undelivered } = await box.shutdown();
      expect(complete).toBe(false);
      expect(undelivered).toEqual({ all: { refused: 3 } });
      const { logs, spans, metrics } = box.stats().destinations.all?.channels ?? {};
      expect(logs).toMatchObject({ routed: 100, delivered: 99, failed: 0, dropped: { refused: 1 } });
      expect(spans).toMatchObject({ routed: 100, delivered: 99, failed: 0, dropped: { refused: 1 } });
      expect(metrics).toMatchObject({ failed: 0, dropped: { refused: 1 }, queued: 0 });
      expect(endpoint.complaints).toEqual([]);
      for (const kind of ['logs', 'traces', 'metrics'] as const) {
        const came = endpoint.requests
          .filter((request) => request.kind === kind)
          .map(({ body }) => body.toString('latin1'))
          .join();
        for (let i = 0; i < 100; i++) expect(came.includes(`thing-${i}.`)).toBe(i !== 77);
      }
      // Two for each halving of 100 items, of three kinds.
      expect(endpoint.calls).toBeLessThanOrEqual(3 * (1 + 2 * 8 + 2));
      expect(told.filter((line) => line.includes('refused 1 logs for good'))).toHaveLength(1);
    });

    test.each([401, 403, 404])(
      'a refusal - by status %i says nothing of the records: the batch has failed',
      async (status) => {
        endpoint.judge = () => ({ status });
        const { logs } = otlp(encoding);
        const box = createSignalbox({ destinations: { all: exporters({ logs: logs as never }) } });
        for (let i = 0; i < 10; i++) box.info(`${i}`);
        await box.shutdown();
        expect(box.stats().destinations.all?.channels.logs).toMatchObject({ failed: 10, dropped: {} });
        expect(endpoint.calls).toBe(1);
      },
    );

    test('a partial success - these exporters tell diag alone: it counts as delivered', async () => {
      endpoint.judge = () =>
        encoding === 'JSON'
          ? { status: 200, body: '{"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"no"}}' }
          : { status: 200, body: '\n\u0002\b\u0001' };
      const warned: string[] = [];
      const quiet = (): void => {};
      diag.setLogger({
        error: quiet,
        info: quiet,
        debug: quiet,
        verbose: quiet,
        warn: (...all) => void warned.push(all.join(' ')),
      });
      const { logs } = otlp(encoding);
      const box = createSignalbox({ destinations: { all: exporters({ logs: logs as never }) } });
      for (let i = 0; i < 3; i++) box.info(`${i}`);
      await box.shutdown();
      expect(box.stats().destinations.all?.channels.logs).toMatchObject({ delivered: 3, dropped: {} });
      expect(warned.join()).toContain('Received Partial Success response');
    });
  },
);

test('a gRPC endpoint that is not there - is a failure, and no refusal', async () => {
  const logs = new GrpcLogs({ url: 'http://127.0.0.1:9', timeoutMillis: 500 });
  const box = createSignalbox({ destinations: { all: exporters({ logs }) } });
  box.info('x');
  await box.shutdown({ timeoutMillis: 3000 });
  expect(box.stats().destinations.all?.channels.logs).toMatchObject({ failed: 1, dropped: {} });
});
