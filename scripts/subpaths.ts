import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What is built beside the subpaths: the command of the package, and what it has apps load before all else. */
export const programs: readonly Pick<Subpath, 'entry' | 'source'>[] = [
  { entry: 'cli/main', source: 'src/cli/main.ts' },
  { entry: 'cli/preload', source: 'src/cli/doctor/preload.ts' },
];

/** One subpath that the package exports, and the source file it is built from. */
export interface Subpath {
  /** As a user imports it: `signalbox`, `signalbox/jobs`. */
  readonly specifier: string;
  /** Name of the built file without its extension: `index`, `jobs/index`. */
  readonly entry: string;
  /** Relative to the root of the repository: `src/jobs/index.ts`. */
  readonly source: string;
  /** The entry that bundlers take, where that is another: one that loads nothing later. */
  readonly bundled: string;
}

interface Target {
  readonly default: string;
}

type Exports = Record<string, string | { readonly module?: Target; readonly import: Target }>;

/** Entries of no subpath: what is loaded when it is needed. */
const LATER = ['bullmq', 'pg-boss', 'graphile-worker'].map((engine) => `instrumentation/engines/${engine}`);

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
    const entry = entryOf(target.import);
    const bundled = entryOf(target.module ?? target.import);
    return [{ specifier: name + key.slice(1), entry, source: sourceOf(entry), bundled }];
  });
}

/** The source of each subpath, by what users import: aliases for a bundle with the library in it. */
export function sources(): Record<string, string> {
  return Object.fromEntries(
    subpaths().map(({ specifier, bundled }) => [
      specifier,
      fileURLToPath(new URL(`../${sourceOf(bundled)}`, import.meta.url)),
    ]),
  );
}

/** All that the build makes, by the names of the built files. */
export function entries(): Record<string, string> {
  const all = subpaths().flatMap(({ entry, bundled }) => [entry, bundled]);
  const built = [...all, ...LATER].map((entry) => [entry, sourceOf(entry)] as const);
  return Object.fromEntries([...built, ...programs.map(({ entry, source }) => [entry, source] as const)]);
}

export function sourceOf(entry: string): string {
  return `src/${entry}.ts`;
}

function entryOf(target: Target): string {
  return target.default.replace(/^\.\/dist\//, '').replace(/\.js$/, '');
}
