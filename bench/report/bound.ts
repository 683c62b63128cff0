import type { Row } from '../rows/row.js';
import { majorOf } from '../run/platform.js';
import type { Result } from './result.js';

/** What a row must be on that Node; undefined where nothing is asked of it. */
export function mustOf(row: Row, node: string): number | undefined {
  return majorOf(node) >= 24 ? (row.mustOnNode24 ?? row.must) : row.must;
}

/** Whether a figure is what it must be; undefined where nothing is asked. */
export function isMet(row: Row, { node, value }: Result): boolean | undefined {
  const must = mustOf(row, node);
  if (must === undefined) return undefined;
  return row.bound === 'least' ? value >= must : value <= must;
}

/** What is to be told of rows that are ours alone, where Node 24 takes more time than Node 20 by more than the spread of runs. */
export function slowerOnNode24(row: Row, results: readonly Result[]): string | undefined {
  if (!row.ours) return undefined;
  const [older, newer] = [20, 24].map((major) => results.find(({ node }) => majorOf(node) === major)?.nanos);
  if (!older || !newer || newer <= older * ROOM) return undefined;
  return `${row.id} takes ${newer.toFixed(0)} ns on Node 24, ${older.toFixed(0)} ns on Node 20.`;
}

const ROOM = 1.1;
