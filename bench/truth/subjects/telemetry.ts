import { renameSync, writeFileSync } from 'node:fs';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { NodeSDK } from '@opentelemetry/sdk-node';
import type { SpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { Signalbox } from 'signalbox';
import { createSignalbox } from 'signalbox';
import { exporters, nodeSdk } from 'signalbox/sdk';
import { Notes } from '../notes.js';
import type { MadeSpan } from './noted.js';
import type { Order } from './order.js';
import { filesOf, SERVICE } from './order.js';
import { watchExports } from './watch-exports.js';

const STATS_MILLIS = 1000;

export interface Telemetry {
  readonly box: Signalbox;
  /** Sends what there is, and writes `stats()` for the last time. */
  shutdown(): Promise<void>;
}

/** An app's telemetry as the README sets it up; with notes of all that leaves it, unless told otherwise. */
export function startTelemetry(
  { name, otlp, directory }: Pick<Order, 'name' | 'otlp' | 'directory'>,
  { noted = true }: { readonly noted?: boolean } = {},
): Telemetry {
  const files = filesOf(directory, name);
  if (noted) watchExports(files.exports);
  const to = (path: string) => ({ url: `${otlp}/v1/${path}` });
  const box = createSignalbox({
    destinations: {
      collector: exporters({
        logs: new OTLPLogExporter(to('logs')),
        spans: new OTLPTraceExporter(to('traces')),
        metrics: new OTLPMetricExporter(to('metrics')),
        metricExport: { intervalMillis: 2000, timeoutMillis: 1500 },
      }),
    },
    otherTelemetry: 'collector',
  });
  const sdk = new NodeSDK(
    nodeSdk(box, {
      resource: resourceFromAttributes({ 'service.name': SERVICE, 'service.instance.id': name }),
      autoDetectResources: false,
      spanProcessors: noted ? [noteSpans(new Notes<MadeSpan>(files.made))] : [],
      logRecordProcessors: [],
      metricReaders: [],
    }),
  );
  sdk.start();
  const writeStats = (): void => {
    writeFileSync(`${files.stats}.new`, JSON.stringify(box.stats()));
    renameSync(`${files.stats}.new`, files.stats);
  };
  writeStats();
  const timer = setInterval(writeStats, STATS_MILLIS);
  return {
    box,
    shutdown: async () => {
      clearInterval(timer);
      await box.shutdown();
      await sdk.shutdown();
      writeStats();
    },
  };
}

function noteSpans(notes: Notes<MadeSpan>): SpanProcessor {
  return {
    onStart: () => undefined,
    onEnd: (span) => {
      const { spanId, traceId } = span.spanContext();
      const text = (key: string): string | undefined => {
        const value = span.attributes[key];
        return value === undefined ? undefined : String(value);
      };
      notes.write({
        span: spanId,
        trace: traceId,
        operation: text('messaging.operation.name') ?? span.name,
        job: text('job.id'),
        outcome: text('job.attempt.outcome'),
      });
    },
    forceFlush: async () => undefined,
    shutdown: async () => undefined,
  };
}
