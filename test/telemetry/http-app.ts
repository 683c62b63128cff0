// An app with NodeSDK and OpenTelemetry's own HTTP instrumentation, in a process of its own, for that patches node:http. Prints as JSON
// what its exporters kept, without what differs from run to run.
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { logs } from '@opentelemetry/api-logs';
import type { ExportResult } from '@opentelemetry/core';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import { SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { NodeSDK } from '@opentelemetry/sdk-node';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { createSignalbox } from 'signalbox';
import { createJobs } from 'signalbox/jobs';

const mode = process.argv[2];
const keep = <T>() => {
  const kept: T[] = [];
  const take = (items: T[], done: (result: ExportResult) => void): void => {
    kept.push(...items);
    done({ code: 0 });
  };
  return { kept, exporter: { export: take, shutdown: async () => {}, forceFlush: async () => {} } };
};
const spans = keep<ReadableSpan>();
const records = keep<ReadableLogRecord>();

const box = mode === 'without' ? undefined : createSignalbox();
const sdk = new NodeSDK({
  traceExporter: spans.exporter,
  logRecordProcessors: [new SimpleLogRecordProcessor({ exporter: records.exporter })],
  metricReaders: [],
  instrumentations: [
    new HttpInstrumentation(),
    ...(box && mode === 'instrumentation' ? [box.instrumentation()] : []),
  ],
});
sdk.start();

const http = createRequire(import.meta.url)('node:http') as typeof import('node:http');
const jobs = box && createJobs(box).queue('mail', { types: ['receipt'] });
const server = http.createServer((_request, response) => {
  logs.getLogger('app').emit({ body: 'asked' });
  jobs?.enqueue({ id: '1', type: 'receipt' }).accepted();
  response.end('ok');
});
await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
const { port } = server.address() as AddressInfo;
await new Promise<void>((done, fail) => {
  http
    .get({ host: '127.0.0.1', port, path: '/stock' }, (response) => response.resume().on('end', done))
    .on('error', fail);
});
await new Promise((done) => server.close(done));
await box?.shutdown();
await sdk.shutdown();

const isOurs = ({ instrumentationScope }: ReadableSpan | ReadableLogRecord): boolean =>
  instrumentationScope.name === 'signalbox';
const nameOf = (id: string | undefined): string | undefined =>
  spans.kept.find((span) => span.spanContext().spanId === id)?.name;
const own = spans.kept.filter((span) => !isOurs(span));
process.stdout.write(
  JSON.stringify({
    own: {
      spans: own
        .map(({ name, kind, status, attributes, events, parentSpanContext }) => ({
          name,
          kind,
          status,
          attributes: Object.keys(attributes).sort(),
          events: events.length,
          parent: nameOf(parentSpanContext?.spanId),
        }))
        .sort((a, b) => a.kind - b.kind),
      logs: records.kept.filter((record) => !isOurs(record)).map(({ body }) => body),
    },
    ours: {
      spans: spans.kept
        .filter(isOurs)
        .map(({ name, parentSpanContext }) => [
          name,
          own.find((span) => span.spanContext().spanId === parentSpanContext?.spanId)?.kind,
        ]),
      logs: records.kept.filter(isOurs).map(({ eventName }) => eventName),
    },
  }),
);
process.exit(0);
