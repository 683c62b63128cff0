import { defineConfig } from 'tsup';

/** Benchmarks run as code is run that was built: a loader that compiles on the fly adds work of its own to each closure. */
export default defineConfig({
  entry: ['bench/emit.ts', 'bench/engines.ts'],
  outDir: 'bench/.out',
  format: ['esm'],
  target: 'node20',
  clean: true,
  silent: true,
  skipNodeModulesBundle: true,
});
