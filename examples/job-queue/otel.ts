import { connect } from 'node:net';
import { setGlobalErrorHandler } from '@opentelemetry/core';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { BatchLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import type { NodeSDKConfiguration } from '@opentelemetry/sdk-node';
import { NodeSDK } from '@opentelemetry/sdk-node';
import type { SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';

/** Where a collector listens by default. */
export const DEFAULT_ENDPOINT = 'http://localhost:4318';

/** The app's own OpenTelemetry SDK, running. */
export interface Otel {
  /** One line for the person who watches: where telemetry goes. */
  readonly where: string;
  /** Whether there is someone to send to. */
  isAnswered(): Promise<boolean>;
  /** How many exports failed so far. */
  failedExports(): number;
  /** Sends what is left. Settles after `timeoutMillis` at the latest, and never rejects. */
  shutdown(options: { timeoutMillis: number }): Promise<void>;
}

/** What the SDK is started with. */
export interface OtelOptions {
  /** The base URL of OTLP/HTTP. Default: a collector on this machine, if one answers. */
  readonly endpoint: string | undefined;
  /** Sees every span that ends, exported or not. */
  readonly spans: SpanProcessor;
  /** Told at the first export that fails, in one line. */
  readonly onFailure: (line: string) => void;
}

/** Starts the SDK, as any app has it: signalbox finds it by itself. */
export async function startOtel({ endpoint, spans, onFailure }: OtelOptions): Promise<Otel> {
  const url = endpoint ?? DEFAULT_ENDPOINT;
  const answers = await isListening(url);
  const sdk = new NodeSDK({ serviceName: 'job-queue', ...pipelines(answers ? url : undefined, spans) });

  let failed = 0;
  setGlobalErrorHandler((error) => {
    failed++;
    if (failed > 1) return;
    const reason = error instanceof Error ? error.message : (error as { message?: string }).message;
    onFailure(
      `telemetry: an export to ${url} failed (${reason ?? 'no reason given'}); further ones are only counted`,
    );
  });
  sdk.start();

  return {
    where: answers
      ? `telemetry goes to ${url} (OTLP/HTTP)`
      : `telemetry stays here, for nothing answers at ${url} (see --otlp and --view)`,
    isAnswered: async () => answers && (await isListening(url)),
    failedExports: () => failed,
    async shutdown({ timeoutMillis }) {
      const late = new Promise<void>((resolve) => {
        setTimeout(resolve, timeoutMillis).unref();
      });
      // What could not be sent has been counted by the error handler.
      await Promise.race([sdk.shutdown().catch(() => undefined), late]);
    },
  };
}

/** The batches' queues are large: the SDK drops what does not fit without telling anyone. */
const BATCH = { maxQueueSize: 200_000, maxExportBatchSize: 2048, scheduledDelayMillis: 200 };
/** The last flush sends all batches of spans at once. */
const CONCURRENT_EXPORTS = 128;
/** How long one export is tried. */
const EXPORT_MILLIS = 5000;
const METRICS_INTERVAL_MILLIS = 1000;

function pipelines(endpoint: string | undefined, spans: SpanProcessor): Partial<NodeSDKConfiguration> {
  // Empty lists, for without them the SDK starts exporters of its own.
  if (endpoint === undefined) return { spanProcessors: [spans], logRecordProcessors: [], metricReaders: [] };
  const to = (path: string) => ({
    url: `${endpoint}/v1/${path}`,
    concurrencyLimit: CONCURRENT_EXPORTS,
    timeoutMillis: EXPORT_MILLIS,
  });
  return {
    spanProcessors: [spans, new BatchSpanProcessor(new OTLPTraceExporter(to('traces')), BATCH)],
    logRecordProcessors: [
      new BatchLogRecordProcessor({ exporter: new OTLPLogExporter(to('logs')), ...BATCH }),
    ],
    metricReaders: [
      new PeriodicExportingMetricReader({
        exporter: new OTLPMetricExporter(to('metrics')),
        exportIntervalMillis: METRICS_INTERVAL_MILLIS,
        exportTimeoutMillis: METRICS_INTERVAL_MILLIS,
      }),
    ],
  };
}

const PROBE_MILLIS = 1000;

/** Whether something takes connections there. One look, so that a dead endpoint costs one line and no stack traces. */
function isListening(url: string): Promise<boolean> {
  const { hostname, port, protocol } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
      timeout: PROBE_MILLIS,
    });
    const settle = (answers: boolean): void => {
      socket.destroy();
      resolve(answers);
    };
    socket.once('connect', () => settle(true));
    socket.once('timeout', () => settle(false));
    socket.once('error', () => settle(false));
  });
}
