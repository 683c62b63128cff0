import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Options } from 'tsup';
import { defineConfig } from 'tsup';
import { subpaths } from './scripts/subpaths.js';

const built = subpaths().filter(({ source }) => existsSync(source));
const core = resolve('src/index.ts');
const others = new Set(built.map(({ source }) => resolve(source)).filter((source) => source !== core));

type Plugin = NonNullable<Options['esbuildPlugins']>[number];

/**
 * Has every entry reach all of the core, so that it is one file. Else each part that some entries share and others do not is a file of
 * its own, and to open twelve files takes Node longer than to read the core.
 */
const coreInOneFile: Plugin = {
  name: 'core-in-one-file',
  setup(build) {
    build.onLoad({ filter: /\.ts$/ }, ({ path }) => {
      if (!others.has(path)) return undefined;
      return { contents: `${readFileSync(path, 'utf8')}\nimport ${JSON.stringify(core)};\n`, loader: 'ts' };
    });
  },
};

export default defineConfig({
  entry: Object.fromEntries(built.map(({ entry, source }) => [entry, source])),
  format: ['esm', 'cjs'],
  target: 'node20',
  tsconfig: 'tsconfig.build.json',
  dts: true,
  sourcemap: true,
  clean: true,
  // Set for CJS too: without it each CJS entry would carry its own copy of the core and of its state.
  splitting: true,
  esbuildPlugins: [coreInOneFile],
  esbuildOptions: (options) => {
    // The import has done what it is for by then.
    options.logOverride = { 'ignored-bare-import': 'silent' };
  },
  // Has Rollup write the split CJS. Else tsup has sucrase do it, which turns `?.` and `??` into slow
  // helper calls and runs a class's static blocks before its static fields.
  treeshake: true,
  skipNodeModulesBundle: true,
  removeNodeProtocol: false,
});
