import type { Row } from './row.js';
import { seriesUpToBound } from './series-row.js';

export const row: Row = seriesUpToBound('sdk', 'growth-series-sdk');
