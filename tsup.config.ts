import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Options } from 'tsup';
import { defineConfig } from 'tsup';
import { inlineConstants } from './scripts/inline-constants.js';
import { entries, subpaths } from './scripts/subpaths.js';

const built = entries();

type Plugin = NonNullable<Options['esbuildPlugins']>[number];

const CORE = 'src/index.ts';
/** What an instrumentation has of an engine as the app starts. */
const AT_START = [
  'src/adapters/bullmq/adapter-options.ts',
  'src/adapters/graphile-worker/adapter-options.ts',
  'src/adapters/pg-boss/adapter-options.ts',
];
/** What is imported when it is needed: so that the core stays one file beside it. */
const LOADED_LATER = 'src/development/teller.ts';
const OF_ENGINES = /^src\/(adapters|instrumentation|register)\//;
/** What the core's file begins with: gzip looks back for 32 kB alone, and finds more that repeats in this order. */
const FIRST = "import './box/emitter.js';";

/**
 * Has entries reach all of the core, and those of engines all that they share, so that each is one file. Else each part that some entries share
 * and others do not is a file of its own, and to open twelve files takes Node longer than to read the core.
 */
const inOneFile: Plugin = {
  name: 'in-one-file',
  setup(build) {
    const reached = new Map(
      [...Object.values(built), LOADED_LATER].map((source) => [
        resolve(source),
        [...(source === CORE ? [] : [CORE]), ...(OF_ENGINES.test(source) ? AT_START : [])],
      ]),
    );
    build.onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const text = inlineConstants(readFileSync(path, 'utf8'));
      const first = path === resolve(CORE) ? FIRST : '';
      const more = reached.get(path)?.map((source) => `import ${JSON.stringify(resolve(source))};`) ?? [];
      return { contents: [first + text, ...more].join('\n'), loader: 'ts' };
    });
  },
};

export default defineConfig({
  entry: built,
  format: ['esm', 'cjs'],
  target: 'node20',
  tsconfig: 'tsconfig.build.json',
  // What no subpath is has no types that anybody could import.
  dts: { entry: Object.fromEntries(subpaths().map(({ entry, source }) => [entry, source])) },
  sourcemap: true,
  clean: true,
  // Set for CJS too: without it each CJS entry would carry its own copy of the core and of its state.
  splitting: true,
  esbuildPlugins: [inOneFile],
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
