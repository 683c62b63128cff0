import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import type { SinkFunction } from 'signalbox';
import { createSignalbox, nowhere } from 'signalbox';
import { JOB_ABANDONED, QUEUE_BACKLOG } from 'signalbox/jobs';
import { exporters } from 'signalbox/sdk';
import { auditFile, sink } from 'signalbox/sinks';
import { PAYMENT_PROCESSED, REPORT_GENERATED } from './signals.js';

/** What differs from run to run. */
export interface TelemetryOptions {
  /** Gets the lines of the console. */
  readonly console: SinkFunction;
  /** The file of the audit trail; none where another process writes it. */
  readonly audit: string | undefined;
  /** Gets the alerts, a line each. */
  readonly page: (line: string) => void;
  /** The base URL of the collector; none where nothing is sent. */
  readonly endpoint: string | undefined;
  /** A second collector, and the signals that go there. */
  readonly second: { readonly endpoint: string; readonly pattern: string } | undefined;
}

/** The box: where each signal goes is said here, and nowhere else. */
export function createBox({ console, audit, page, endpoint, second }: TelemetryOptions) {
  return createSignalbox({
    destinations: {
      collector: endpoint === undefined ? nowhere : collector(endpoint),
      second: second === undefined ? nowhere : collector(second.endpoint),
      console,
      alerts: sink(({ signal, message }) => page(`ALERT: ${signal} - ${message}`)),
      audit: audit === undefined ? nowhere : auditFile({ path: audit }),
    },
    // Everything that is no signal: spans of other libraries, their records, the gauges.
    otherTelemetry: endpoint === undefined ? 'otel' : 'collector',
    routes: [
      // With no collector, only what the run's own waterfall shows.
      endpoint === undefined
        ? { signals: '*', to: 'otel', channels: ['spanEvents'] }
        : { signals: '*', to: 'collector' },
      ...(second === undefined ? [] : [{ signals: second.pattern, to: 'second' } as const]),
      { minSeverity: 'info', to: 'console' },
      { signals: [JOB_ABANDONED, QUEUE_BACKLOG], to: 'alerts' },
      { minSeverity: 'error', to: 'alerts' },
      // Without `reveal`: the trail says what was done, not to whom.
      { signals: [PAYMENT_PROCESSED, REPORT_GENERATED], to: 'audit' },
    ],
  });
}

export type Box = ReturnType<typeof createBox>;

/** For bursts larger than any here, and large batches, for they are made where the work is done. */
const BATCH = { capacity: 100_000, size: 2048, delayMillis: 200, timeoutMillis: 5000, inFlight: 2 };
const METRICS_INTERVAL_MILLIS = 1000;

function collector(endpoint: string) {
  const to = (path: string) => ({ url: `${endpoint}/v1/${path}`, timeoutMillis: BATCH.timeoutMillis });
  return exporters({
    logs: new OTLPLogExporter(to('logs')),
    spans: new OTLPTraceExporter(to('traces')),
    metrics: new OTLPMetricExporter(to('metrics')),
    batch: BATCH,
    metricExport: { intervalMillis: METRICS_INTERVAL_MILLIS, timeoutMillis: BATCH.timeoutMillis },
  });
}
