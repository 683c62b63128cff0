import { configure, getLogger } from '@logtape/logtape';
import { getOpenTelemetrySink } from '@logtape/otel';
import type { AppSdk } from '../cases/app-sdk.js';
import { appMeters, startAppSdk } from '../cases/app-sdk.js';
import { emitsToOtel } from '../cases/emits.js';
import { inSpans, LOG_ONLY, values } from '../cases/signals.js';
import type { Case } from '../harness.js';
import { ratioRow } from './ratio-row.js';
import type { Row } from './row.js';

/** A log record with the fields of a signal, by way of LogTape's sink for the app's SDK. */
async function logTape(sdk: AppSdk): Promise<Case> {
  await configure({
    sinks: { otel: getOpenTelemetrySink({ loggerProvider: sdk.loggers }) },
    loggers: [
      { category: 'bench', sinks: ['otel'], lowestLevel: 'info' },
      { category: ['logtape', 'meta'], sinks: [], lowestLevel: 'fatal' },
    ],
  });
  const log = getLogger('bench');
  return {
    name: 'LogTape with its OpenTelemetry sink',
    run: (times) => inSpans(times, (i) => log.info('Job done', values(i))),
    settle: () => sdk.flushLogs(),
  };
}

export const row: Row = ratioRow({
  id: 'log-logtape',
  what: 'a log record alone through the app’s SDK, against LogTape with its OpenTelemetry sink',
  counted: false,
  prepare: async () => {
    const sdk = startAppSdk({ meters: appMeters() });
    return { against: await logTape(sdk), own: emitsToOtel(LOG_ONLY, sdk) };
  },
});
