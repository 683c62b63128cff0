import { appMeters, startAppSdk } from '../cases/app-sdk.js';
import { emitsToExporters } from '../cases/emits.js';
import { pinoLines } from '../cases/pino.js';
import { FULL } from '../cases/signals.js';
import { ratioRow } from './ratio-row.js';
import type { Row } from './row.js';

export const row: Row = ratioRow({
  id: 'fanout-own-pino',
  what: 'full fan-out to one exporter destination, against one line of pino to /dev/null',
  must: 0.9,
  aim: 0.5,
  ours: true,
  counted: false,
  prepare: () => {
    startAppSdk({ meters: appMeters() });
    return {
      against: pinoLines('sync'),
      own: emitsToExporters(FULL),
      beside: [pinoLines('async')],
    };
  },
});
