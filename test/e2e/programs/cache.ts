import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Recipe } from './recipes.js';

const LOOK_AGAIN_MILLIS = 1000;
const PATIENCE_MILLIS = 45 * 60_000;

/** Where programs are kept: SIGNALBOX_PROGRAMS, else the user's cache. */
export function cacheDirectory(env: NodeJS.ProcessEnv = process.env): string {
  if (env.SIGNALBOX_PROGRAMS) return env.SIGNALBOX_PROGRAMS;
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'signalbox', 'programs');
}

/** The program, where it has been built from these very ingredients. */
export async function cached(root: string, name: string, recipe: Recipe): Promise<string | undefined> {
  const directory = join(root, `${name}-${recipe.release}`);
  const program = join(directory, name);
  try {
    const [ingredients] = await Promise.all([readFile(join(directory, 'recipe'), 'utf8'), stat(program)]);
    return ingredients === recipe.ingredients ? program : undefined;
  } catch {
    return undefined;
  }
}

/** Puts a program into the cache, whole or not at all. `build` gets an empty directory on the same file system. */
export async function keep(
  root: string,
  name: string,
  recipe: Recipe,
  build: (directory: string) => Promise<string>,
): Promise<string> {
  const directory = join(root, `${name}-${recipe.release}`);
  const work = await mkdtemp(join(root, `.build-${name}-`));
  try {
    const sources = join(work, 'sources');
    const result = join(work, 'result');
    await mkdir(sources);
    await mkdir(result);
    await rename(await build(sources), join(result, name));
    await writeFile(join(result, 'recipe'), recipe.ingredients);
    await rm(directory, { recursive: true, force: true });
    await rename(result, directory);
    return join(directory, name);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Removes what builds left that were killed. Only while no other build runs. */
export async function sweep(root: string): Promise<void> {
  const left = (await readdir(root)).filter((name) => name.startsWith('.build-'));
  await Promise.all(left.map((name) => rm(join(root, name), { recursive: true, force: true })));
}

/** Runs `work` while no other process builds in the same cache. A lock whose holder died is taken over. */
export async function alone<T>(
  root: string,
  say: (line: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  await mkdir(root, { recursive: true });
  const lock = join(root, '.lock');
  const deadline = Date.now() + PATIENCE_MILLIS;
  let told = false;
  for (;;) {
    try {
      await writeFile(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (!isExisting(error)) throw error;
    }
    const holder = await readFile(lock, 'utf8').catch(() => '');
    if (holder !== '' && !isAlive(Number(holder))) {
      await rm(lock, { force: true });
      continue;
    }
    if (Date.now() > deadline)
      throw new Error(`process ${holder} has been building in ${root} for too long: remove ${lock}`);
    if (!told) say(`waiting for process ${holder}, which builds the same programs`);
    told = true;
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MILLIS));
  }
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

function isExisting(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
