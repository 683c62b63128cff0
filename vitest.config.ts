import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { sourceOf, subpaths } from './scripts/subpaths.js';

const ELSEWHERE = [
  '**/node_modules/**',
  'test/compat/.work/**',
  'test/distributions/.work/**',
  'test/e2e/**',
  'test/engines/**',
  'test/package/**',
];
/** Tests that promise a time of whole processes: nothing may run beside them. */
const BY_THE_CLOCK = ['test/examples/destinations.test.ts'];

export default defineConfig({
  resolve: {
    alias: subpaths().map(({ specifier, bundled }) => ({
      find: new RegExp(`^${specifier}$`),
      replacement: fileURLToPath(new URL(sourceOf(bundled), import.meta.url)),
    })),
  },
  test: {
    pool: 'forks',
    testTimeout: 60_000,
    // Left to itself vitest leaves a processor idle: on a machine with two it runs one file at a time.
    maxWorkers: '100%',
    typecheck: {
      enabled: true,
      include: ['test/types/**/*.test-d.ts'],
      tsconfig: './test/types/tsconfig.json',
      // `npm run types` checks every file; here only the type tests are read, with what they import.
      ignoreSourceErrors: true,
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'together',
          include: ['test/**/*.test.ts'],
          exclude: [...ELSEWHERE, ...BY_THE_CLOCK],
        },
      },
      {
        extends: true,
        test: {
          name: 'alone',
          include: BY_THE_CLOCK,
          typecheck: { enabled: false },
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
