import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../..');

/** A block of TypeScript on a page: what those who read it paste. */
export interface Block {
  /** `README.md: Routes`, with a number where a section has more than one. */
  readonly name: string;
  readonly code: string;
}

/** The pages that people paste from. */
export function pages(): string[] {
  const docs = readdirSync(join(ROOT, 'docs'), { encoding: 'utf8' }).filter((name) => name.endsWith('.md'));
  return ['README.md', ...docs.map((name) => join('docs', name))];
}

export function blocksOf(page: string, text = readFileSync(join(ROOT, page), 'utf8')): Block[] {
  const blocks: Block[] = [];
  const numbers = new Map<string, number>();
  let section = '';
  let language: string | undefined;
  let lines: string[] = [];
  for (const line of text.split('\n')) {
    const fence = /^```(\w*)/.exec(line);
    if (fence && language === undefined) {
      language = fence[1] ?? '';
      lines = [];
    } else if (fence) {
      if (['ts', 'js', 'typescript', 'javascript'].includes(language ?? '')) {
        const name = `${page}: ${section}`;
        const number = (numbers.get(name) ?? 0) + 1;
        numbers.set(name, number);
        blocks.push({ name: number === 1 ? name : `${name} ${number}`, code: lines.join('\n') });
      }
      language = undefined;
    } else if (language !== undefined) lines.push(line);
    else section = /^#+ (.*)/.exec(line)?.[1] ?? section;
  }
  return blocks;
}
