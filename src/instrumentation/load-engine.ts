import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { allEngines } from './engines/all.js';

/** How each engine is observed. */
export type Engines = typeof allEngines;

/** As the build names their files, in the folder of the package. */
const FOLDER = 'dist/instrumentation/engines';

const known: { -readonly [N in keyof Engines]?: Engines[N] } = {};

/** Gives them beforehand, where files of the package can not be found later: in a bundle. */
export function giveEngines(all: Engines): void {
  Object.assign(known, all);
}

/**
 * How an engine is observed, loaded when it is first asked for: most processes have no engine, or one, and are to start as if this was not
 * there. At once, for an engine's class can be used as soon as it is loaded.
 */
export function engineOf<N extends keyof Engines>(name: N): Engines[N] {
  const found = known[name] ?? load(name);
  known[name] = found;
  return found;
}

function load<N extends keyof Engines>(name: N): Engines[N] {
  // The first in CommonJS, the second in ESM.
  const isCommonJS = typeof __filename === 'string';
  const require = createRequire(isCommonJS ? __filename : import.meta.url);
  const file = join(rootOf(require), FOLDER, name);
  if (isCommonJS) return require(`${file}.cjs`) as Engines[N];
  try {
    // The copy of the package that the app has.
    return require(`${file}.js`) as Engines[N];
  } catch {
    // A Node that was told not to require ES modules, and one whose loader has a module of it half-loaded: copies get on with each other.
    return require(`${file}.cjs`) as Engines[N];
  }
}

function rootOf(require: NodeJS.Require): string {
  try {
    return dirname(require.resolve('signalbox/package.json'));
  } catch {
    throw new Error(
      'signalbox was bundled, and its files are not there. Leave it out of the bundle, or have the bundler take its condition `module`.',
    );
  }
}
