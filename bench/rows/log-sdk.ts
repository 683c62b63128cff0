import { appMeters, startAppSdk } from '../cases/app-sdk.js';
import { emitsToOtel } from '../cases/emits.js';
import { handWrittenLog } from '../cases/hand-written.js';
import { LOG_ONLY } from '../cases/signals.js';
import { ratioRow } from './ratio-row.js';
import type { Row } from './row.js';

export const row: Row = ratioRow({
  id: 'log-sdk',
  what: 'a log record alone through the app’s SDK, against logger.emit',
  must: 1.2,
  mustOnNode24: 1.3,
  aim: 1.05,
  prepare: () => {
    const sdk = startAppSdk({ meters: appMeters() });
    return { against: handWrittenLog(sdk), own: emitsToOtel(LOG_ONLY, sdk) };
  },
});
