import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { Line } from '../conformance/setting.js';

const HERE = dirname(fileURLToPath(import.meta.url));

/**
 * Loads a module of an engine's other release, as an app that has it would. Each release has a folder here with a package.json and its
 * lockfile, and is installed beside it, into `.work`, where it is not yet.
 */
export async function moduleOf<M>(line: Line, name: string): Promise<M> {
  const folder = await installed(line);
  return createRequire(join(folder, 'package.json'))(name) as M;
}

/** As {@link moduleOf}, of an ES module. */
export async function importedModuleOf<M>(line: Line, name: string): Promise<M> {
  const { resolve } = createRequire(join(await installed(line), 'package.json'));
  return (await import(pathToFileURL(resolve(name)).href)) as M;
}

/** The folder of an app that has that release. */
export async function installed(line: Line): Promise<string> {
  const from = join(HERE, line);
  const folder = join(HERE, '.work', line);
  const files = ['package.json', 'package-lock.json'];
  const hash = createHash('sha256');
  for (const file of files) hash.update(await readFile(join(from, file)));
  const wanted = hash.digest('hex');
  const mark = join(folder, 'installed');
  if ((await readFile(mark, 'utf8').catch(() => '')) === wanted) return folder;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const file of files) await cp(join(from, file), join(folder, file));
  await promisify(execFile)('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder });
  await writeFile(mark, wanted);
  return folder;
}
