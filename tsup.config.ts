import { existsSync } from 'node:fs';
import { defineConfig } from 'tsup';
import { subpaths } from './scripts/subpaths.js';

const built = subpaths().filter(({ source }) => existsSync(source));

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
  // Has Rollup write the split CJS. Else tsup has sucrase do it, which turns `?.` and `??` into slow
  // helper calls and runs a class's static blocks before its static fields.
  treeshake: true,
  skipNodeModulesBundle: true,
  removeNodeProtocol: false,
});
