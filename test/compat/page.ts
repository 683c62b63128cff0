import { join } from 'node:path';
import { replaceSection } from '../../bench/truth/report/section.js';
import { ROOT } from './run/places.js';
import { limits, matrixTable, zeroCodeTable } from './table.js';

/** The page that shows the cells. */
export const PAGE: string = join(ROOT, 'docs/compatibility.md');

/** The page with the cells that the command runs. */
export function withCells(page: string): string {
  const parts = { matrix: matrixTable(), limits: limits(), 'zero-code': zeroCodeTable() };
  return Object.entries(parts).reduce(
    (text, [name, part]) => replaceSection(text, { name, text: part }),
    page,
  );
}
