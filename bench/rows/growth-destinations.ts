import { appMeters, startAppSdk } from '../cases/app-sdk.js';
import { emitsToExporters } from '../cases/emits.js';
import { FULL } from '../cases/signals.js';
import { curveRow, slope } from './curve-row.js';
import type { Row } from './row.js';

const POINTS = [1, 2, 4, 8, 16];

export const row: Row = curveRow({
  id: 'growth-destinations',
  what: 'full fan-out to 1 to 16 exporter destinations: what a further one costs from 8 to 16, by the same from 1 to 8',
  of: 'destinations',
  must: 1.5,
  ours: true,
  points: POINTS,
  figure: (costs) => slope(costs, POINTS, 3, 4) / slope(costs, POINTS, 0, 3),
  begin: () => void startAppSdk({ meters: appMeters() }),
  at: (count) => emitsToExporters(FULL, count),
});
