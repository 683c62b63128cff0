import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { LicensedModule } from './agpl.js';
import { isAgpl } from './agpl.js';
import type { Go } from './go.js';
import { findGo } from './go.js';

interface BuiltModule {
  readonly path: string;
  readonly version: string;
}

/** The name of the file beside a program that tells of its modules' licences. */
const FILE = 'modules.json';
const LICENCE = /^(licen[cs]e|copying|notice)/i;
/** What lies in these is not built. */
const NOT_BUILT: ReadonlySet<string> = new Set(['testdata', 'node_modules', '.git', '.github']);

/**
 * The modules that a program was built of, by what Go wrote into it, with the licences that lie in them. They are read once, where the
 * module cache has them still, else fetched; a program that is built anew has a new folder.
 */
export async function licensedModules(program: string): Promise<LicensedModule[]> {
  const kept = join(dirname(program), FILE);
  const known = await readFile(kept, 'utf8').catch(() => undefined);
  if (known !== undefined) return JSON.parse(known) as LicensedModule[];
  const go = await findGo();
  const scratch = await mkdtemp(join(tmpdir(), 'signalbox-licences-'));
  try {
    const built = modulesIn(await go.run(scratch, 'go', ['version', '-m', program]));
    const folders = await foldersOf(go, scratch, built);
    const modules: LicensedModule[] = [];
    for (const one of built) {
      const files = await licencesIn(folders.get(nameOf(one)) ?? '');
      const texts = await Promise.all(
        files.map(async (file) => ({ file, text: await readFile(file, 'utf8') })),
      );
      const agpl = texts.filter(({ text }) => isAgpl(text)).map(({ file }) => basename(file));
      modules.push({ ...one, agpl, licences: texts.length });
    }
    await writeFile(kept, JSON.stringify(modules));
    return modules;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The modules that `go version -m` tells of: of one that is replaced, what stands for it. */
export function modulesIn(told: string): BuiltModule[] {
  const modules: BuiltModule[] = [];
  for (const line of told.split('\n')) {
    const [, kind, path, version] = /^\t(mod|dep|=>)\t(\S+)\t(\S+)/.exec(line) ?? [];
    // The module of our own that a program was built in has no version.
    if (path === undefined || version === undefined || version === '(devel)') continue;
    if (kind === '=>') modules.pop();
    modules.push({ path, version });
  }
  return modules;
}

async function foldersOf(
  go: Go,
  directory: string,
  modules: readonly BuiltModule[],
): Promise<ReadonlyMap<string, string>> {
  const told = await go.run(directory, 'go', ['mod', 'download', '-json', ...modules.map(nameOf)]);
  const all = JSON.parse(`[${told.trim().replaceAll(/^\}\s*\{/gm, '},{')}]`) as {
    readonly Path: string;
    readonly Version: string;
    readonly Dir: string;
  }[];
  return new Map(all.map(({ Path, Version, Dir }) => [`${Path}@${Version}`, Dir]));
}

function nameOf({ path, version }: BuiltModule): string {
  return `${path}@${version}`;
}

async function licencesIn(directory: string): Promise<string[]> {
  if (directory === '') return [];
  const entries = await readdir(directory, { withFileTypes: true });
  const each = entries.map(async (entry): Promise<string[]> => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return NOT_BUILT.has(entry.name) ? [] : licencesIn(path);
    return LICENCE.test(entry.name) && !/\.go$/.test(entry.name) ? [path] : [];
  });
  return (await Promise.all(each)).flat();
}
