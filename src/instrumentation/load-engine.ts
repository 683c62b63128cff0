import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { allEngines } from './engines/all.js';

/** The modules that observe engines. */
export type Engines = typeof allEngines;

/** The folder of their built files in the package. */
const FOLDER = 'dist/instrumentation/engines';

const known: { -readonly [N in keyof Engines]?: Engines[N] } = {};

/** Sets the modules beforehand, for a bundle, in which the files of the package can not be found later. */
export function giveEngines(all: Engines): void {
  Object.assign(known, all);
}

/**
 * The module that observes an engine, loaded on first use: most processes have no engine or one, and must not start more slowly. It is loaded
 * synchronously, because the app can use an engine's class as soon as it is loaded.
 */
export function engineOf<N extends keyof Engines>(name: N): Engines[N] {
  const found = known[name] ?? load(name);
  known[name] = found;
  return found;
}

function load<N extends keyof Engines>(name: N): Engines[N] {
  // CommonJS has `__filename`, ESM has `import.meta.url`.
  const isCommonJS = typeof __filename === 'string';
  const require = createRequire(isCommonJS ? __filename : import.meta.url);
  const file = join(rootOf(require), FOLDER, name);
  if (isCommonJS) return require(`${file}.cjs`) as Engines[N];
  try {
    // The ES module copy of the package, which the app uses.
    return require(`${file}.js`) as Engines[N];
  } catch {
    // Node.js may be configured not to require ES modules, or may have loaded one of them only half. The CommonJS copy works beside the other.
    return require(`${file}.cjs`) as Engines[N];
  }
}

function rootOf(require: NodeJS.Require): string {
  try {
    return dirname(require.resolve('signalbox/package.json'));
  } catch {
    throw new Error(
      'signalbox was bundled without its own files. Exclude it from the bundle, or make the bundler use the export condition `module`.',
    );
  }
}
