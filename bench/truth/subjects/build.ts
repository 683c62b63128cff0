import { join } from 'node:path';
import { build } from 'tsup';
import { repository } from '../../../test/e2e/stack/compose-file.js';

/** Programs that are run as processes of their own. */
export type Program = 'producer' | 'worker' | 'soak' | 'clock';

const OUT = join(repository, 'bench/.out/truth');

/** Where a program lies when it has been built. */
export function builtPath(program: Program): string {
  return join(OUT, `${program}.js`);
}

/** Builds them: code that is compiled on the fly takes long to start, which counts where processes are killed and replaced. */
export async function buildPrograms(programs: readonly Program[]): Promise<void> {
  await build({
    config: false,
    entry: programs.map((program) => join(repository, `bench/truth/subjects/${program}.ts`)),
    outDir: OUT,
    format: ['esm'],
    target: 'node20',
    silent: true,
    skipNodeModulesBundle: true,
    splitting: true,
    clean: false,
  });
}
