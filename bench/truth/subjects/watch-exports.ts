import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { Channel, NotedExport } from '../../../test/e2e/subjects/exports.js';
import { logId } from '../../../test/e2e/subjects/exports.js';
import { Notes } from '../notes.js';
import type { NotedMetrics } from './noted.js';
import { totalName } from './noted.js';

type Done = (result: { code: number }) => void;

/** Notes what the exporters are given and what they answered, beside signalbox and not by its word. */
export function watchExports(path: string): void {
  const notes = new Notes<NotedExport | NotedMetrics>(path);
  let calls = 0;

  function watch<T>(
    exporter: { export(items: T, done: Done): void },
    channel: Channel | 'metrics',
    saw: (items: T) => Pick<NotedExport, 'ids'> | Pick<NotedMetrics, 'ids' | 'totals'>,
  ): void {
    const original = exporter.export;
    exporter.export = function (items, done) {
      const call = ++calls;
      notes.write({ call, channel, ...saw(items), outcome: 'began' } as NotedExport | NotedMetrics);
      original.call(this, items, (result) => {
        const outcome = result.code === 0 ? 'delivered' : 'failed';
        notes.write({ call, channel, ids: [], outcome } as NotedExport | NotedMetrics);
        done(result);
      });
    };
  }

  watch<ReadableSpan[]>(OTLPTraceExporter.prototype, 'spans', (spans) => ({
    ids: spans.map((span) => span.spanContext().spanId),
  }));
  watch<ReadableLogRecord[]>(OTLPLogExporter.prototype, 'logs', (records) => ({
    ids: records.map(({ hrTime, eventName, spanContext }) => {
      const time = String(BigInt(hrTime[0]) * 1_000_000_000n + BigInt(hrTime[1]));
      return logId({ time, eventName, spanId: spanContext?.spanId });
    }),
  }));
  watch<ResourceMetrics>(OTLPMetricExporter.prototype, 'metrics', (all) => ({
    ids: [],
    totals: totalsOf(all),
  }));
}

function totalsOf({ scopeMetrics }: ResourceMetrics): Record<string, number> {
  const totals: Record<string, number> = {};
  for (const { metrics } of scopeMetrics)
    for (const { descriptor, dataPoints } of metrics)
      for (const { attributes, value } of dataPoints) {
        const name = totalName(descriptor.name, attributes);
        const n = typeof value === 'number' ? value : 'count' in value ? value.count : 0;
        if (name !== undefined) totals[name] = (totals[name] ?? 0) + n;
      }
  return totals;
}
