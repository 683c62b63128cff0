import { setGlobalErrorHandler } from '@opentelemetry/core';
import { NodeSDK } from '@opentelemetry/sdk-node';
import type { SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { nodeSdk } from 'signalbox/sdk';
import type { Box } from './telemetry.js';

/** As this app calls itself in its telemetry. */
export const SERVICE = process.env.OTEL_SERVICE_NAME || 'job-queue';
/** As its workers call themselves where they are apart. */
export const WORKER_SERVICE = `${SERVICE}-worker`;

/** A running SDK. */
export interface Otel {
  shutdown(): Promise<void>;
}

/** Starts the app's OpenTelemetry SDK, and gives what shuts it down. `spans` sees every span that ends, exported or not. */
export function startOtel(box: Box, spans: SpanProcessor): Otel {
  // What an export loses is in the box's accounts: it needs no second telling.
  setGlobalErrorHandler(() => undefined);
  const sdk = new NodeSDK(
    nodeSdk(box, {
      serviceName: SERVICE,
      spanProcessors: [spans],
      // Without these the SDK starts exporters of its own.
      logRecordProcessors: [],
      metricReaders: [],
    }),
  );
  sdk.start();
  return { shutdown: () => sdk.shutdown().catch(() => undefined) };
}
