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
    globalSetup: ['test/engines/support/before-all.ts'],
    // Engines poll and wait: two files at a time leave a small machine idle enough to keep time limits, more would not.
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    reporters: ['default', new CellCount()],
  },
});
