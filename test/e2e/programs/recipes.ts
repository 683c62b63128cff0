import { copyFile, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Go } from './go.js';
import { otelcolManifest } from './otelcol-manifest.js';
import { versions } from './versions.js';

/** How one program is built. */
export interface Recipe {
  readonly release: string;
  /** How long it takes with nothing cached on two cores, for the one who waits. */
  readonly minutes: number;
  /** All that decides what comes out: a program that was built from other ingredients is built anew. */
  readonly ingredients: string;
  /** Builds in an empty directory, and gives the path of the program. */
  build(go: Go, directory: string): Promise<string>;
}

// Cloud service discoveries: most of what there would be to compile, and nothing that is used.
const PROMETHEUS_TAGS = 'remove_all_sd';
const PROMETHEUS = 'github.com/prometheus/prometheus/cmd';

export const recipes = {
  otelcol: collector(),
  jaeger: inOwnModule(versions.jaeger, 'github.com/jaegertracing/jaeger', 'cmd/jaeger', 4),
  prometheus: installed(versions.prometheus, `${PROMETHEUS}/prometheus`, 3, PROMETHEUS_TAGS),
  promtool: installed(versions.prometheus, `${PROMETHEUS}/promtool`, 1, PROMETHEUS_TAGS),
  composeLoader: installed(versions.composeLoader, 'github.com/compose-spec/compose-go/v2/cmd', 1),
} as const satisfies Readonly<Record<string, Recipe>>;

export type ProgramName = keyof typeof recipes;

interface Version {
  readonly release: string;
  readonly module: string;
}

function installed({ release, module }: Version, path: string, minutes: number, tags = ''): Recipe {
  const args = ['install', `-tags=${tags}`, `${path}@${module}`];
  return {
    release,
    minutes,
    ingredients: args.join(' '),
    async build(go, directory) {
      await go.run(directory, 'go', args, { GOBIN: directory });
      return join(directory, path.slice(path.lastIndexOf('/') + 1));
    },
  };
}

/**
 * `go install` refuses a module whose go.mod replaces others, so the program is built in a module of our own that has the same
 * replacements. The module's own go.sum comes with it: its hashes stand in for old modules that the checksum database lacks.
 */
function inOwnModule({ release, module }: Version, name: string, command: string, minutes: number): Recipe {
  return {
    release,
    minutes,
    ingredients: `${name}/${command}@${module} in a module of our own`,
    async build(go, directory) {
      const found: unknown = JSON.parse(
        await go.run(directory, 'go', ['mod', 'download', '-json', `${name}@${module}`]),
      );
      const source = directoryOf(found);
      await go.run(directory, 'go', ['mod', 'init', 'signalbox.invalid/build']);
      await copyFile(join(source, 'go.sum'), join(directory, 'go.sum'));
      const own = await readFile(join(directory, 'go.mod'), 'utf8');
      const theirs = replacements(await readFile(join(source, 'go.mod'), 'utf8'));
      await writeFile(join(directory, 'go.mod'), `${own}\n${theirs.join('\n')}\n`);
      await go.run(directory, 'go', ['get', '-tool', `${name}/${command}@${module}`]);
      const out = join(directory, 'program');
      await go.run(directory, 'go', ['build', '-trimpath', '-o', out, `${name}/${command}`]);
      return out;
    },
  };
}

/** The `replace` directives of a go.mod, but those by a directory of that module, which is not ours to point at. */
export function replacements(goMod: string): string[] {
  return goMod
    .split('\n')
    .filter((line) => line.includes('=>') && !/=>\s*\.{0,2}\//.test(line))
    .map((line) => `replace ${line.trim().replace(/^replace\s+/, '')}`);
}

function directoryOf(found: unknown): string {
  if (typeof found === 'object' && found !== null && 'Dir' in found && typeof found.Dir === 'string')
    return found.Dir;
  throw new Error(`go mod download told of no directory: ${JSON.stringify(found)}`);
}

function collector(): Recipe {
  const { release, module } = versions.otelcol;
  const builder = `go.opentelemetry.io/collector/cmd/builder@${module}`;
  const manifest = otelcolManifest();
  return {
    release,
    minutes: 3,
    ingredients: `${builder}\n${manifest}`,
    async build(go, directory) {
      await go.run(directory, 'go', ['install', builder], { GOBIN: directory });
      await writeFile(join(directory, 'builder.yaml'), manifest);
      const sources = join(directory, 'out');
      try {
        const args = ['--config', 'builder.yaml', '--skip-compilation'];
        await go.run(directory, join(directory, 'builder'), args);
      } catch (error) {
        // When all is written it goes on to `go mod tidy`, which wants modules that only tests of the parts need; not all can be had.
        const written = await Promise.allSettled(
          ['go.mod', 'main.go'].map((file) => stat(join(sources, file))),
        );
        if (written.some(({ status }) => status === 'rejected')) throw error;
      }
      const out = join(directory, 'program');
      await go.run(sources, 'go', ['build', '-trimpath', '-o', out, '.']);
      return out;
    },
  };
}
