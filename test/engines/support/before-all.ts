import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { userInfo } from 'node:os';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { Line } from '../conformance/setting.js';
import { installed } from '../lines/line.js';

const LINES = new URL('../lines/', import.meta.url);
const ONCE = fileURLToPath(new URL('start-postgres-once.ts', import.meta.url));
const run = promisify(execFile);

/** Does once what two test files that run at a time must not do at once: to install the other releases, and to make PostgreSQL's user. */
export async function setup(): Promise<void> {
  for (const entry of await readdir(LINES, { withFileTypes: true }))
    if (entry.isDirectory() && entry.name !== '.work') await installed(entry.name as Line);
  if (userInfo().uid === 0 && !(await hasUser('postgres'))) {
    const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
    await run(process.execPath, ['--import', tsx, ONCE]);
  }
}

async function hasUser(name: string): Promise<boolean> {
  return run('id', ['-u', name]).then(
    () => true,
    () => false,
  );
}
