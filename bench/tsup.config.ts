import type { Options } from 'tsup';
import { defineConfig } from 'tsup';
import built from '../tsup.config.js';
import { rowsBuild } from './run/rows-build.js';

export default defineConfig([
  {
    ...rowsBuild,
    entry: { main: 'bench/main.ts', child: 'bench/run/child.ts' },
    outDir: 'bench/.out/main',
  },
  // The package as users have it, for the row that imports it.
  {
    ...(built as Options),
    outDir: 'bench/.out/package',
    format: ['esm'],
    dts: false,
    sourcemap: false,
    silent: true,
  },
]);
