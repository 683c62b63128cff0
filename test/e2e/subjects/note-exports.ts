import { openSync, writeSync } from 'node:fs';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { Channel, NotedExport } from './exports.js';
import { logId } from './exports.js';

// Loaded before the example (`node --import`): notes what its exporters are given and what became of it, beside the library and
// not by its word. The exporters do what they always do.
const path = process.env.SIGNALBOX_E2E_EXPORTS;
if (path === undefined) throw new Error('SIGNALBOX_E2E_EXPORTS names the file to note exports in');
const file = openSync(path, 'w');
let calls = 0;

function note(line: NotedExport): void {
  writeSync(file, `${JSON.stringify(line)}\n`);
}

function watch<T>(
  exporter: { export(items: T[], done: (result: { code: number }) => void): void },
  channel: Channel,
  idOf: (item: T) => string,
): void {
  const original = exporter.export;
  exporter.export = function (items, done) {
    const call = ++calls;
    note({ call, channel, ids: items.map(idOf), outcome: 'began' });
    original.call(this, items, (result) => {
      note({ call, channel, ids: [], outcome: result.code === 0 ? 'delivered' : 'failed' });
      done(result);
    });
  };
}

watch<ReadableSpan>(OTLPTraceExporter.prototype, 'spans', (span) => span.spanContext().spanId);
watch<ReadableLogRecord>(OTLPLogExporter.prototype, 'logs', ({ hrTime, eventName, spanContext }) => {
  const [seconds, nanos] = hrTime;
  const time = String(BigInt(seconds) * 1_000_000_000n + BigInt(nanos));
  return logId({ time, eventName, spanId: spanContext?.spanId });
});
