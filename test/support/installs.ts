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
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const MINUTE = 60_000;
const NPM = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
const ROOT = resolve(import.meta.dirname, '../..');
const SOURCES = [
  'src',
  'scripts',
  'package.json',
  'tsup.config.ts',
  'tsconfig.json',
  'tsconfig.build.json',
] as const;

/** Packs the package as it would be published into a folder, built anew where its sources are newer. Resolves to the tarball. */
export async function pack(into: string): Promise<string> {
  mkdirSync(into, { recursive: true });
  if (isStale()) await npm(['run', '--silent', 'build'], ROOT, 5);
  for (const file of readdirSync(into)) if (file.endsWith('.tgz')) rmSync(join(into, file));
  const packed = await npm(['pack', '--silent', '--pack-destination', into], ROOT, 2);
  return join(into, packed.trim());
}

function isStale(): boolean {
  // What is built last.
  const built = join(ROOT, 'dist/index.d.cts');
  if (!existsSync(built)) return true;
  const { mtimeMs } = statSync(built);
  const sources = SOURCES.flatMap((source) => [source, ...filesBelow(source)]);
  return sources.some((file) => statSync(join(ROOT, file)).mtimeMs > mtimeMs);
}

function filesBelow(path: string): string[] {
  if (!statSync(join(ROOT, path)).isDirectory()) return [];
  return readdirSync(join(ROOT, path), { recursive: true, encoding: 'utf8' }).map((file) => join(path, file));
}

/** Installs what a folder's package.json and lockfile say into another, unless it is, without install scripts. */
export async function installFrom(from: string, into: string): Promise<void> {
  const files = ['package.json', 'package-lock.json'];
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(join(from, file)));
  const wanted = hash.digest('hex');
  const mark = join(into, 'installed');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === wanted) return;
  rmSync(into, { recursive: true, force: true });
  mkdirSync(into, { recursive: true });
  for (const file of files) cpSync(join(from, file), join(into, file));
  await npm(['ci', ...NPM], into, 5);
  writeFileSync(mark, wanted);
}

/** Puts the packed package where an app has it. */
export async function unpackInto(app: string, tarball: string): Promise<void> {
  const library = join(app, 'node_modules/signalbox');
  rmSync(library, { recursive: true, force: true });
  mkdirSync(library, { recursive: true });
  await run('tar', ['-xzf', tarball, '-C', library, '--strip-components=1'], { timeout: MINUTE });
}

async function npm(args: readonly string[], cwd: string, minutes: number): Promise<string> {
  const { stdout } = await run('npm', args, { cwd, timeout: minutes * MINUTE, maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}
