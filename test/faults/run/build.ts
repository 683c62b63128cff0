import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import type { Plugin } from 'esbuild';
import { build } from 'esbuild';
import { sources } from '../../../scripts/subpaths.js';
import type { Mutant } from './mutants.js';

const OUT = 'test/faults/.out';

/**
 * Builds the programs of the suite with the library's sources in them; with a mutant in place of the library where one is given.
 *
 * @returns The folder that they are in.
 * @throws Where the mutant's text is not in its file.
 */
export async function buildPrograms(mutant?: Mutant): Promise<string> {
  const folder = resolve(OUT, mutant?.name ?? 'sound');
  const pages = ['run/child', 'run/fake-clock', 'programs/program'];
  await build({
    entryPoints: Object.fromEntries(pages.map((page) => [page.split('/')[1], `test/faults/${page}.ts`])),
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    logLevel: 'error',
    sourcemap: false,
    alias: sources(),
    plugins: mutant ? [mutating(mutant)] : [],
  });
  return folder;
}

function mutating({ name, file, from, to }: Mutant): Plugin {
  return {
    name: 'mutant',
    setup({ onLoad, onEnd }) {
      let found = false;
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        if (relative('.', path) !== file) return undefined;
        const text = readFileSync(path, 'utf8');
        if (text.split(from).length !== 2)
          throw new Error(`the mutant '${name}' can not be made: its text is not once in ${file}`);
        found = true;
        return { contents: text.replace(from, () => to), loader: 'ts' };
      });
      onEnd(() => {
        if (!found)
          throw new Error(`the mutant '${name}' can not be made: ${file} is no part of the programs`);
      });
    },
  };
}
