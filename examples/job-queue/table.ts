import type { Paint } from './paint.js';

/** A cell: text is set left, a number right; zero is a quiet dash. */
export type Cell = string | number;

/** Rows under a head, in columns as wide as they need to be. */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[], paint: Paint): string[] {
  const widths = head.map((title, c) => Math.max(title.length, ...rows.map((row) => textOf(row[c]).length)));
  const isText = head.map((_, c) => rows.every((row) => typeof row[c] === 'string'));
  const set = (text: string, c: number): string =>
    isText[c] ? text.padEnd(widths[c] ?? 0) : text.padStart(widths[c] ?? 0);
  const row = (cells: readonly Cell[]): string =>
    cells.map((cell, c) => (cell === 0 ? paint.dim(set('–', c)) : set(textOf(cell), c))).join('  ');
  return [paint.dim(head.map(set).join('  ')), ...rows.map(row)].map((line) => `  ${line}`.trimEnd());
}

function textOf(cell: Cell | undefined): string {
  if (cell === 0) return '–';
  return typeof cell === 'number' ? cell.toLocaleString('en') : (cell ?? '');
}
