import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { sourceOf, subpaths } from '../../scripts/subpaths.js';
import { CellCount } from './conformance/cell-count.js';

const ROOT = new URL('../../', import.meta.url);

export default defineConfig({
  root: fileURLToPath(ROOT),
  resolve: {
    alias: subpaths().map(({ specifier, bundled }) => ({
      find: new RegExp(`^${specifier}$`),
      replacement: fileURLToPath(new URL(sourceOf(bundled), ROOT)),
    })),
  },
  test: {
    include: ['test/engines/**/*.test.ts'],
    pool: 'forks',
    // Engines are servers: two at a time on a small machine would make time limits a matter of luck.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    reporters: ['default', new CellCount()],
  },
});
