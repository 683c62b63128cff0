import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { sourceOf, subpaths } from './scripts/subpaths.js';

export default defineConfig({
  resolve: {
    alias: subpaths().map(({ specifier, bundled }) => ({
      find: new RegExp(`^${specifier}$`),
      replacement: fileURLToPath(new URL(sourceOf(bundled), import.meta.url)),
    })),
  },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [
      '**/node_modules/**',
      'test/compat/.work/**',
      'test/distributions/.work/**',
      'test/e2e/**',
      'test/engines/**',
      'test/package/**',
    ],
    pool: 'forks',
    testTimeout: 60_000,
    // Left to itself vitest leaves a processor idle: on a machine with two it runs one file at a time.
    maxWorkers: '100%',
    typecheck: {
      enabled: true,
      include: ['test/types/**/*.test-d.ts'],
      tsconfig: './tsconfig.json',
      // `npm run types` checks every file; here only the type tests count.
      ignoreSourceErrors: true,
    },
  },
});
