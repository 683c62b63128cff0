import type { Row } from './row.js';
import { seriesPastBound } from './series-row.js';

export const row: Row = seriesPastBound('own', 'growth-series-past');
