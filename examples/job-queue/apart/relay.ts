import type { Readable } from 'node:stream';

/** Takes text, as a stream does. */
interface Taker {
  write(text: string): unknown;
}

/** Passes on text by whole lines: where two write to one place, none comes in the middle of the other's. */
export function relay(from: Readable, to: Taker): void {
  let begun = '';
  from.setEncoding('utf8').on('data', (text: string) => {
    const end = text.lastIndexOf('\n') + 1;
    if (end > 0) to.write(begun + text.slice(0, end));
    begun = end > 0 ? text.slice(end) : begun + text;
  });
  from.once('end', () => {
    if (begun !== '') to.write(`${begun}\n`);
  });
}
