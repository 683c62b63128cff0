import { appMeters, startAppSdk } from '../cases/app-sdk.js';
import { emitsToExporters } from '../cases/emits.js';
import { handWrittenLog } from '../cases/hand-written.js';
import { LOG_ONLY } from '../cases/signals.js';
import { ratioRow } from './ratio-row.js';
import type { Row } from './row.js';

export const row: Row = ratioRow({
  id: 'log-own',
  what: 'a log record alone to one exporter destination, against logger.emit',
  ours: true,
  prepare: () => {
    const sdk = startAppSdk({ meters: appMeters() });
    return { against: handWrittenLog(sdk), own: emitsToExporters(LOG_ONLY) };
  },
});
