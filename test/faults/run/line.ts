import type { Result } from './result.js';

const COLUMNS = ['emitted', 'arrived', 'delivered', 'failed', 'queued', 'unaccounted', 'exceptions'] as const;
const NAME = 44;
const WIDTH = 9;

/** The head of the table of results. */
export function heading(): string {
  const names = COLUMNS.map((column) => column.padStart(column.length > WIDTH ? 11 : WIDTH));
  return ['fault'.padEnd(NAME), ...names, 'peak MB'.padStart(8), 'shutdown'.padStart(9), ' dropped'].join(
    ' ',
  );
}

/** The line of one fault, and below it what does not hold. */
export function lineOf(path: string, result: Result): string {
  const numbers = COLUMNS.map((column) =>
    `${result[column] ?? '-'}`.padStart(column.length > WIDTH ? 11 : WIDTH),
  );
  const { peakMegabytes, shutdownMillis, dropped } = result;
  const drops = Object.entries(dropped)
    .filter(([, n]) => n > 0)
    .map(([reason, n]) => `${reason} ${n}`);
  const most = drops.length > 5 ? [...drops.slice(0, 4), `and ${drops.length - 4} more reasons`] : drops;
  const line = [
    path.padEnd(NAME),
    ...numbers,
    `${Math.round(peakMegabytes)}`.padStart(8),
    (shutdownMillis === undefined ? '-' : `${Math.round(shutdownMillis)} ms`).padStart(9),
    ` ${most.join(', ') || '-'}`,
  ].join(' ');
  const complaints = result.complaints.map((text) => `  ${text.replaceAll('\n', '\n  ')}`);
  return [line, ...complaints].join('\n');
}

/** Whether nothing is amiss. */
export function isSound(result: Result): boolean {
  return result.unaccounted === 0 && result.exceptions === 0 && result.complaints.length === 0;
}
