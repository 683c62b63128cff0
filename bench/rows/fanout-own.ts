import { appMeters, startAppSdk } from '../cases/app-sdk.js';
import { emitsToExporters } from '../cases/emits.js';
import { handWritten } from '../cases/hand-written.js';
import { FULL } from '../cases/signals.js';
import { ratioRow } from './ratio-row.js';
import type { Row } from './row.js';

export const row: Row = ratioRow({
  id: 'fanout-own',
  what: 'full fan-out to one exporter destination, against the same written by hand with the SDK',
  must: 0.4,
  aim: 0.25,
  ours: true,
  prepare: () => {
    const meters = appMeters();
    const sdk = startAppSdk({ meters });
    return { against: handWritten(sdk, meters), own: emitsToExporters(FULL) };
  },
});
