import { alone, cacheDirectory, cached, keep, sweep } from './cache.js';
import { findGo } from './go.js';
import type { ProgramName, Recipe } from './recipes.js';
import { recipes } from './recipes.js';

/** Where each program lies. */
export type Programs = Readonly<Record<ProgramName, string>>;

export interface ProgramsOptions {
  /** Progress, a sentence at a time. Default: none. */
  readonly say?: (line: string) => void;
}

/**
 * The real programs that the end-to-end tests run. What the cache lacks is built by Go from published modules: some ten minutes
 * on two cores for all of them the first time, milliseconds from then on. Rejects with what to install where Go is missing.
 */
export async function programs({ say = () => {} }: ProgramsOptions = {}): Promise<Programs> {
  const root = cacheDirectory();
  const found = await look(root);
  if (isComplete(found)) return found;
  return alone(root, say, async () => {
    await sweep(root);
    // Another process may have built them in the meantime.
    const have = await look(root);
    const missing = names().filter((name) => have[name] === undefined);
    if (missing.length > 0) {
      const go = await findGo();
      const minutes = missing.reduce((sum, name) => sum + recipes[name].minutes, 0);
      say(`building ${missing.join(', ')} into ${root}: up to ${minutes} minutes the first time`);
      for (const name of missing) {
        const recipe: Recipe = recipes[name];
        const began = Date.now();
        have[name] = await keep(root, name, recipe, (directory) => recipe.build(go, directory));
        say(`${name} ${recipe.release} built in ${Math.round((Date.now() - began) / 1000)} s`);
      }
    }
    if (isComplete(have)) return have;
    throw new Error(`programs are missing in ${root}`);
  });
}

function names(): ProgramName[] {
  return Object.keys(recipes) as ProgramName[];
}

async function look(root: string): Promise<Partial<Record<ProgramName, string>>> {
  const found: Partial<Record<ProgramName, string>> = {};
  for (const name of names()) {
    const program = await cached(root, name, recipes[name]);
    if (program !== undefined) found[name] = program;
  }
  return found;
}

function isComplete(found: Partial<Record<ProgramName, string>>): found is Programs {
  return names().every((name) => found[name] !== undefined);
}
