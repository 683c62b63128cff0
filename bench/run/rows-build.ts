import type { Options } from 'tsup';

/** How rows are built. Code that is run was built: a loader that compiles on the fly adds work of its own to each closure. */
export const rowsBuild = {
  format: ['esm'],
  target: 'node20',
  splitting: true,
  clean: true,
  silent: true,
  skipNodeModulesBundle: true,
} satisfies Options;
