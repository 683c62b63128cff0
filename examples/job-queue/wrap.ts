import { stripVTControlCharacters } from 'node:util';

const COLOUR = new RegExp(`(${String.fromCharCode(27)}\\[[\\d;]*m)`);

/** How many columns a text takes; colours take none. */
export function columnsOf(text: string): number {
  return stripVTControlCharacters(text).length;
}

/** The text with a `…` for what does not fit. Its colours stay, those of the cut part too, for some of them end a colour. */
export function clipped(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  let room = columns - 1;
  let isCut = false;
  const pieces = text.split(COLOUR).map((piece) => {
    if (isCut) return COLOUR.test(piece) ? piece : '';
    if (COLOUR.test(piece)) return piece;
    isCut = piece.length > room;
    const kept = isCut ? `${piece.slice(0, room)}…` : piece;
    room -= piece.length;
    return kept;
  });
  return pieces.join('');
}

/**
 * Spreads a text over lines, between its words. A word that is wider than the line stays whole on a line of its own: a terminal opens an
 * address that no line end cuts.
 *
 * @param indent How many blanks each line after the first begins with, besides those that the text begins with.
 */
export function wrapped(text: string, columns: number, indent: number): string[] {
  if (columnsOf(text) <= columns) return [text];
  const first = /^ */.exec(text)?.[0] ?? '';
  const further = first + ' '.repeat(indent);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').filter(Boolean)) {
    const begun = line === '' ? (lines.length === 0 ? first : further) : `${line} `;
    if (line !== '' && columnsOf(begun + word) > columns) {
      lines.push(line);
      line = columnsOf(further + word) > columns ? word : further + word;
    } else {
      line = begun + word;
    }
  }
  return [...lines, line];
}
