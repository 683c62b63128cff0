import { appMeters, startAppSdk } from '../cases/app-sdk.js';
import { emitsToOtel } from '../cases/emits.js';
import { handWritten } from '../cases/hand-written.js';
import { FULL } from '../cases/signals.js';
import { ratioRow } from './ratio-row.js';
import type { Row } from './row.js';

export const row: Row = ratioRow({
  id: 'fanout-sdk',
  what: 'full fan-out through the app’s SDK, against the same written by hand',
  must: 0.95,
  mustOnNode24: 1.1,
  aim: 0.8,
  prepare: () => {
    // A provider each, made alike: what one collects is not the other's.
    const [meters, byHand] = [appMeters(), appMeters()];
    const sdk = startAppSdk({ meters });
    return { against: handWritten(sdk, byHand), own: emitsToOtel(FULL, sdk, meters) };
  },
});
