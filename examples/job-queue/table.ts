import type { Paint } from './paint.js';

/** A cell: text is set left, a number right; zero is a quiet dash. */
export type Cell = string | number;

const INDENT = '  ';
const GAP = '  ';

/**
 * Rows under a head, in columns as wide as they need to be. Columns that the terminal has no room for stand below, behind the first `keys`
 * columns again.
 */
export function table(
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  keys: number,
  paint: Paint,
): string[] {
  const widths = head.map((title, c) => Math.max(title.length, ...rows.map((row) => textOf(row[c]).length)));
  const isText = head.map((_, c) => rows.every((row) => typeof row[c] === 'string'));
  const set = (text: string, c: number): string =>
    isText[c] ? text.padEnd(widths[c] ?? 0) : text.padStart(widths[c] ?? 0);
  const row = (cells: readonly Cell[], shown: readonly number[]): string =>
    shown
      .map((c) => (cells[c] === 0 ? paint.dim(set('–', c)) : set(textOf(cells[c]), c)))
      .join(GAP)
      .trimEnd();
  const banks = banksOf(widths, keys, paint.columns - INDENT.length);
  return banks.flatMap((shown, b) => [
    ...(b === 0 ? [] : ['']),
    INDENT +
      paint.dim(
        shown
          .map((c) => set(head[c] ?? '', c))
          .join(GAP)
          .trimEnd(),
      ),
    ...rows.map((cells) => INDENT + row(cells, shown)),
  ]);
}

/** Which columns stand beside one another: all of them where there is room, else the keys and as many others as there is room for. */
function banksOf(widths: readonly number[], keys: number, columns: number): number[][] {
  const needed = (shown: readonly number[]): number =>
    shown.reduce((sum, c) => sum + (widths[c] ?? 0), GAP.length * (shown.length - 1));
  const key = widths.map((_, c) => c).slice(0, keys);
  const banks: number[][] = [];
  let bank = key;
  for (let c = keys; c < widths.length; c++) {
    if (bank.length > keys && needed([...bank, c]) > columns) {
      banks.push(bank);
      bank = key;
    }
    bank = [...bank, c];
  }
  return [...banks, bank];
}

function textOf(cell: Cell | undefined): string {
  if (cell === 0) return '–';
  return typeof cell === 'number' ? cell.toLocaleString('en') : (cell ?? '');
}
