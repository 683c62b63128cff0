import type { Readable, Writable } from 'node:stream';

/** Passes on text by whole lines: where two write to one place, none comes in the middle of the other's. */
export function relay(from: Readable, to: Writable): void {
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
