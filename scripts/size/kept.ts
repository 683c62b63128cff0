import { readFileSync, writeFileSync } from 'node:fs';
import { mayKeep } from './size.js';

const FILE = new URL('size.json', import.meta.url);

/** The size of the core that is not to be passed, in bytes. */
export function keptSize(): number {
  return (JSON.parse(readFileSync(FILE, 'utf8')) as { readonly gzipped: number }).gzipped;
}

/** Throws where it may not be kept. */
export function keepSize(gzipped: number): void {
  const kept = keptSize();
  if (!mayKeep(gzipped, kept))
    throw new Error(
      `the core has ${gzipped} bytes, and ${kept} are kept. That can only fall: make it smaller.`,
    );
  writeFileSync(FILE, `${JSON.stringify({ gzipped }, undefined, 2)}\n`);
}
