import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { promisify } from 'node:util';
import type { Line } from '../conformance/setting.js';
import { installed } from '../lines/line.js';
import { startPostgres } from './postgres.js';

const LINES = new URL('../lines/', import.meta.url);

/** Does once what two test files that run at a time must not do at once: to install the other releases, and to make PostgreSQL's user. */
export async function setup(): Promise<void> {
  for (const entry of await readdir(LINES, { withFileTypes: true }))
    if (entry.isDirectory() && entry.name !== '.work') await installed(entry.name as Line);
  if (userInfo().uid === 0 && !(await hasUser('postgres'))) await (await startPostgres()).stop();
}

async function hasUser(name: string): Promise<boolean> {
  return promisify(execFile)('id', ['-u', name]).then(
    () => true,
    () => false,
  );
}
