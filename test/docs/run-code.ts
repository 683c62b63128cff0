import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transform } from 'esbuild';
import { afterAll } from 'vitest';
import { WholePackage } from '../support/whole-package.js';

const PATIENCE_MILLIS = 60_000;

/** What code printed, and how its process ended. */
export interface Outcome {
  readonly code: number | null;
  readonly printed: string;
}

let building: Promise<WholePackage> | undefined;
let runs = 0;

afterAll(async () => {
  (await building)?.remove();
});

async function build(): Promise<WholePackage> {
  const whole = new WholePackage();
  await whole.build();
  return whole;
}

/** Runs code as a file of an app of its own, in an empty folder, with the package as users have it and the packages of this one. */
export async function runCode(code: string): Promise<Outcome> {
  building ??= build();
  const whole = await building;
  const work = mkdtempSync(join(tmpdir(), 'signalbox-docs-'));
  const name = `app-${++runs}.mjs`;
  try {
    const as = { loader: 'ts', target: 'node20', sourcefile: 'app.ts', sourcemap: 'inline' } as const;
    whole.write(name, (await transform(code, as)).code);
    const child = spawn(process.execPath, ['--enable-source-maps', join(whole.folder, name)], {
      cwd: work,
      env: { ...process.env, NO_COLOR: '1' },
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
    rmSync(work, { recursive: true, force: true });
  }
}
