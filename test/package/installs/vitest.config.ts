import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: fileURLToPath(new URL('../../../', import.meta.url)),
  test: {
    include: ['test/package/installs/*.test.ts'],
    globalSetup: ['test/package/support/pack.ts'],
    pool: 'forks',
    // npm's cache is one for all.
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
