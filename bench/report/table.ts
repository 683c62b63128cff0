import type { Row, Unit } from '../rows/row.js';
import { isMet, mustOf, slowerOnNode24 } from './bound.js';
import type { Result } from './result.js';

const DIGITS: Readonly<Record<Unit, number>> = {
  ratio: 2,
  bytes: 0,
  ns: 1,
  ms: 1,
  count: 0,
  'MiB/min': 2,
};

/** A figure as it stands in the table; the unit is said once, beside the row's name. */
function shownAs(unit: Unit, value: number | null | undefined): string {
  if (value === undefined || value === null || Number.isNaN(value)) return '';
  return value.toLocaleString('en-US', {
    maximumFractionDigits: DIGITS[unit],
    minimumFractionDigits: DIGITS[unit],
  });
}

/** One table of all rows, with the columns of each Node beside those of the other, and what rows have to say below it. */
export function reportOf(rows: readonly Row[], results: readonly Result[]): string {
  const nodes = [...new Set(results.map(({ node }) => node))];
  const head = [
    'row',
    'unit',
    ...nodes.flatMap((node) => [titleOf(node, results), '10–90 %', 'must', 'ns', 'bytes']),
    'aim',
    'against',
  ];
  const lines = rows.map((row) => {
    const of = results.filter(({ id }) => id === row.id);
    return [
      row.id,
      row.unit,
      ...nodes.flatMap((node) =>
        cells(
          row,
          of.find((result) => result.node === node),
        ),
      ),
      shownAs(row.unit, row.aim),
      of[0]?.against ?? '',
    ];
  });
  const slower = rows.flatMap(
    (row) =>
      slowerOnNode24(
        row,
        results.filter(({ id }) => id === row.id),
      ) ?? [],
  );
  return [
    aligned(head, lines),
    ...(slower.length > 0 ? ['', ...slower] : []),
    '',
    ...rows.flatMap((row) =>
      notesOf(
        row,
        results.filter(({ id }) => id === row.id),
      ),
    ),
  ].join('\n');
}

function titleOf(node: string, results: readonly Result[]): string {
  return `Node ${node}, SDK ${results.find((result) => result.node === node)?.sdk}`;
}

function cells(row: Row, result: Result | undefined): string[] {
  if (!result) return ['', '', '', '', ''];
  const { unit, value, low, high, nanos, bytes } = result;
  const range = low === value && high === value ? '' : `${shownAs(unit, low)}–${shownAs(unit, high)}`;
  return [shownAs(unit, value), range, bound(row, result), shownAs('count', nanos), shownAs('bytes', bytes)];
}

function bound(row: Row, result: Result): string {
  const must = mustOf(row, result.node);
  if (must === undefined) return '';
  return `${row.bound === 'least' ? '≥' : '≤'} ${shownAs(row.unit, must)} ${isMet(row, result) ? '✓' : '✗'}`;
}

function notesOf(row: Row, results: readonly Result[]): string[] {
  const told = results.filter(({ notes }) => notes.length > 0);
  return [
    `**${row.id}**: ${row.what}.${asked(row)}`,
    '',
    ...told.flatMap(({ node, notes }) => [
      ...notes.map((note) => `- ${told.length > 1 ? `Node ${node}: ` : ''}${note}`),
    ]),
    ...(told.length > 0 ? [''] : []),
  ];
}

/** What a row must be, as it stands above its curve. */
function asked({ must, mustOnNode24, unit, bound }: Row): string {
  if (must === undefined) return '';
  const word = bound === 'least' ? 'At least' : 'At most';
  const there = mustOnNode24 === undefined ? '' : `, on Node 24 ${shownAs(unit, mustOnNode24)}`;
  return ` ${word} ${shownAs(unit, must)}${there}.`;
}

/** A table of Markdown whose columns stand below each other in a terminal too. */
function aligned(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const text = (i: number): boolean => i < 2 || i === head.length - 1;
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => (text(i) ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join(' | ')} |`;
  const rule = `|${widths.map((width, i) => (text(i) ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}
