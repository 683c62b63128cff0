import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { subpaths } from '../../scripts/subpaths.js';
import { CellCount } from './conformance/cell-count.js';

const ROOT = new URL('../../', import.meta.url);

export default defineConfig({
  root: fileURLToPath(ROOT),
  resolve: {
    alias: subpaths().map(({ specifier, source }) => ({
      find: new RegExp(`^${specifier}$`),
      replacement: fileURLToPath(new URL(source, ROOT)),
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
