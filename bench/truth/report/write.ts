import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Section } from './section.js';
import { replaceSection } from './section.js';

const PATH = fileURLToPath(new URL('../../truth.md', import.meta.url));

/** Puts a section into bench/truth.md. */
export async function writeSection(section: Section): Promise<void> {
  await writeFile(PATH, replaceSection(await readFile(PATH, 'utf8'), section));
}
