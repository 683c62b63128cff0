import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { TestProject } from 'vitest/node';
import { subpaths } from '../../../scripts/subpaths.js';
import type { Packed } from './packed.js';

const ROOT = resolve(import.meta.dirname, '../../..');
const WORK = join(ROOT, 'test/package/.work');

/** What the build is made of. */
const SOURCES = ['src', 'scripts', 'package.json', 'tsup.config.ts', 'tsconfig.json', 'tsconfig.build.json'];

/** Builds where the build is older than its sources, packs, and unpacks: tests look at what users get. */
export default function pack(project: TestProject): void {
  if (isStale())
    execFileSync('npm', ['run', '--silent', 'build'], { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
  rmSync(join(WORK, 'packed'), { recursive: true, force: true });
  mkdirSync(join(WORK, 'packed'), { recursive: true });
  const told = execFileSync('npm', ['pack', '--json', '--pack-destination', join(WORK, 'packed')], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [{ filename, files }] = JSON.parse(told) as [{ filename: string; files: { path: string }[] }];
  const tarball = join(WORK, 'packed', filename);
  execFileSync('tar', ['-xzf', tarball, '-C', join(WORK, 'packed')]);
  project.provide('packed', {
    root: ROOT,
    work: WORK,
    tarball,
    folder: join(WORK, 'packed', 'package'),
    files: files.map(({ path }) => path),
  } satisfies Packed);
}

function isStale(): boolean {
  const built = subpaths().flatMap(({ entry }) =>
    ['.js', '.cjs', '.d.ts', '.d.cts'].map((end) => join(ROOT, 'dist', entry + end)),
  );
  if (!built.every((file) => existsSync(file))) return true;
  const oldest = Math.min(...built.map((file) => statSync(file).mtimeMs));
  return SOURCES.some((name) => newest(join(ROOT, name)) > oldest);
}

function newest(path: string): number {
  const { mtimeMs } = statSync(path);
  if (!statSync(path).isDirectory()) return mtimeMs;
  return Math.max(mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}
