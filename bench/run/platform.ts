import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A Node and a line of the SDK that rows run on. */
export interface Platform {
  /** Versions: `20.20.2` and `2.12.0`. */
  readonly node: string;
  readonly sdk: string;
  readonly program: string;
  /** The module that takes the figures of one row. */
  readonly child: string;
}

/** @param modules The folder `node_modules` that its rows find the SDK in. */
export function platformOf(program: string, child: string, modules: string): Platform {
  const node = execFileSync(program, ['--version'], { encoding: 'utf8' }).trim().slice(1);
  const { version } = JSON.parse(
    readFileSync(`${modules}/@opentelemetry/sdk-metrics/package.json`, 'utf8'),
  ) as { version: string };
  return { node, sdk: version, program, child };
}

/** The Node that runs the command, with the SDK of the repository. */
export function here(): Platform {
  return platformOf(process.execPath, fileURLToPath(new URL('./child.js', import.meta.url)), 'node_modules');
}

export function majorOf(version: string): number {
  return Number.parseInt(version, 10);
}
