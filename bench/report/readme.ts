import type { Row } from '../rows/row.js';
import { majorOf } from '../run/platform.js';
import type { Result } from './result.js';
import { reportOf } from './table.js';

/** The figures that are kept: new ones take the place of older ones of the same row on the same Node, in the order of the table. */
export function merged(
  kept: readonly Result[],
  results: readonly Result[],
  order: readonly string[],
): readonly Result[] {
  const key = ({ id, node }: Result): string => `${id} ${majorOf(node)}`;
  const fresh = new Set(results.map(key));
  const all = [...kept.filter((result) => !fresh.has(key(result))), ...results];
  return all
    .filter(({ id }) => order.includes(id))
    .sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id) || majorOf(a.node) - majorOf(b.node));
}

/** What stands between the marks of bench/README.md. */
export function readmeSection(rows: readonly Row[], results: readonly Result[]): string {
  if (results.length === 0) return 'None are kept yet: `npm run bench -- --all --write` takes them.';
  const known = rows.filter(({ id }) => results.some((result) => result.id === id));
  const days = [...new Set(results.map(({ measured }) => measured))].sort();
  return [`Measured ${days.join('; ')}.`, '', reportOf(known, results)].join('\n');
}
