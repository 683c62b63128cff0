import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
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

/** What a block printed, and how its process ended. */
export interface Outcome {
  readonly code: number | null;
  readonly printed: string;
}

/** Runs code as a file of an app of its own, in an empty folder, with the packages of this one. */
export async function runCode(code: string): Promise<Outcome> {
  // Within the package: imports are looked for from where the file lies.
  const home = mkdtempSync(join(ROOT, 'test/docs/run-'));
  const work = mkdtempSync(join(tmpdir(), 'signalbox-docs-'));
  try {
    writeFileSync(join(home, 'app.ts'), code);
    const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), join(home, 'app.ts')], {
      cwd: work,
      env: { ...process.env, TSX_TSCONFIG_PATH: join(ROOT, 'tsconfig.json'), NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let printed = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        printed += text;
      });
    const patience = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MILLIS);
    const [ended] = (await once(child, 'close')) as [number | null];
    clearTimeout(patience);
    return { code: ended, printed };
  } finally {
    for (const folder of [home, work]) rmSync(folder, { recursive: true, force: true });
  }
}

const PATIENCE_MILLIS = 60_000;
