import { readFileSync } from 'node:fs';

/** One subpath that the package exports, and the source file it is built from. */
export interface Subpath {
  /** As a user imports it: `signalbox`, `signalbox/jobs`. */
  readonly specifier: string;
  /** Name of the built file without its extension: `index`, `jobs/index`. */
  readonly entry: string;
  /** Relative to the root of the repository: `src/jobs/index.ts`. */
  readonly source: string;
}

type Exports = Record<string, string | { import: { default: string } }>;

/**
 * The subpaths of the package. `exports` in package.json is the one place that lists them; the build,
 * the tests' aliases and test/exports.test.ts all read it here.
 */
export function subpaths(): Subpath[] {
  const { name, exports } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    name: string;
    exports: Exports;
  };
  return Object.entries(exports).flatMap(([key, target]) => {
    if (typeof target === 'string') return [];
    const entry = target.import.default.replace(/^\.\/dist\//, '').replace(/\.js$/, '');
    return [{ specifier: name + key.slice(1), entry, source: `src/${entry}.ts` }];
  });
}
