import type { ShutdownReport } from 'signalbox';
import type { Otel } from './otel.js';
import type { Box } from './telemetry.js';

const FLUSH_MILLIS = 5000;

/** Sends what is left, of the box and of the SDK. */
export async function flush(box: Box, otel: Otel): Promise<ShutdownReport> {
  const report = await box.shutdown({ timeoutMillis: FLUSH_MILLIS });
  await otel.shutdown();
  return report;
}
