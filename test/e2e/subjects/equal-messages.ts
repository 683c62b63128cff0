import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { createSignalbox, defineSignal, field } from 'signalbox';
import { exporters, nodeSdk } from 'signalbox/sdk';

// Says the very same thing again and again without a pause: `equal-messages.ts URL COUNT`.
const [url, count] = process.argv.slice(2);
if (url === undefined || count === undefined) throw new Error('usage: equal-messages.ts URL COUNT');

const DOOR_OPENED = defineSignal('DOOR_OPENED', {
  message: 'The door was opened',
  fields: { door: field.string() },
});

const box = createSignalbox({
  destinations: {
    collector: exporters({
      logs: new OTLPLogExporter({ url: `${url}/v1/logs` }),
      batch: { capacity: 100_000, size: 2048 },
    }),
  },
  otherTelemetry: 'collector',
  routes: [{ signals: '*', to: 'collector' }],
});
const sdk = new NodeSDK(
  nodeSdk(box, {
    serviceName: 'equal-messages',
    logRecordProcessors: [],
    metricReaders: [],
    spanProcessors: [],
  }),
);
sdk.start();
for (let i = 0; i < Number(count); i++) box.emit(DOOR_OPENED, { door: 'front' });
const { undelivered } = await box.shutdown({ timeoutMillis: 20_000 });
await sdk.shutdown();
console.log(JSON.stringify(undelivered));
