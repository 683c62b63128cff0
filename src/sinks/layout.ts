import type { Style } from './paint.js';

/** A part of a line that is not broken, and the gap before it. */
export interface Part {
  readonly text: string;
  readonly style: Style;
  readonly gap: 0 | 1 | 2;
}

/** Number of columns that parts take in one line. */
export function lengthOf(parts: readonly Part[]): number {
  let columns = 0;
  for (const { text, gap } of parts) columns += gap + text.length;
  return columns;
}

const MORE: Part = { text: '…', style: 'dim', gap: 1 };

/** The parts that fit into the room, and a `…` for those that are left out. */
export function fitting(parts: readonly Part[], room: number): readonly Part[] {
  let columns = 0;
  let kept = 0;
  for (const [i, { text, gap }] of parts.entries()) {
    columns += gap + text.length;
    if (columns > room) return [...parts.slice(0, kept), kept === 0 ? { ...MORE, gap: 2 } : MORE];
    if (columns + MORE.gap + MORE.text.length <= room) kept = i + 1;
  }
  return parts;
}

/** Spreads the parts over lines. Each line after the first begins with so many blanks. */
export function broken(parts: readonly Part[], width: number, indent: number): Part[][] {
  const indentation: Part = { text: ' '.repeat(indent), style: 'plain', gap: 0 };
  let line: Part[] = [];
  // Added up from part to part, because a message of 4 KiB can have two thousand words.
  let column = 0;
  const lines = [line];
  for (const part of parts) {
    const columns = part.text.length;
    if (column > indent && column + part.gap + part.text.trimEnd().length > width) {
      line = [indentation, { ...part, gap: 0 }];
      lines.push(line);
      column = indent + columns;
    } else {
      line.push(part);
      column += part.gap + columns;
    }
  }
  return lines;
}
