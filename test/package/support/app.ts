import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { packed } from './packed.js';

const run = promisify(execFile);

/** As people install: nothing is forced. Scripts of dependencies are left out, since they download more. */
const INSTALL = [
  'install',
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
  '--prefer-offline',
  '--loglevel=error',
];

/** An app with real dependencies. */
export class App {
  readonly folder: string;

  constructor(name: string) {
    this.folder = join(packed().work, 'installs', name);
    rmSync(this.folder, { recursive: true, force: true });
    mkdirSync(this.folder, { recursive: true });
    writeFileSync(join(this.folder, 'package.json'), '{ "private": true }');
  }

  /** Rejects with what npm says where it refuses. */
  async install(...packages: readonly string[]): Promise<void> {
    await this.#npm(...INSTALL, ...packages);
  }

  /** Rejects where something that is installed is not as it was asked for. */
  async check(): Promise<void> {
    await this.#npm('ls', '--all');
  }

  /** What a program of the app prints, as JSON. */
  async run(program: string): Promise<unknown> {
    writeFileSync(join(this.folder, 'program.mjs'), program);
    const { stdout } = await run(process.execPath, ['program.mjs'], { cwd: this.folder, timeout: 60_000 });
    return JSON.parse(stdout);
  }

  /** Each copy of a package, by where it is, with its version. */
  copiesOf(name: string): Readonly<Record<string, string>> {
    const copies: Record<string, string> = {};
    const look = (modules: string): void => {
      for (const found of packagesIn(modules)) {
        const at = join(modules, found);
        if (found === name) copies[relative(this.folder, at)] = versionIn(at);
        look(join(at, 'node_modules'));
      }
    };
    look(join(this.folder, 'node_modules'));
    return copies;
  }

  async #npm(...args: readonly string[]): Promise<void> {
    await run('npm', [...args], { cwd: this.folder, maxBuffer: 1e8 });
  }
}

function versionIn(at: string): string {
  return (JSON.parse(readFileSync(join(at, 'package.json'), 'utf8')) as { version: string }).version;
}

function packagesIn(modules: string): string[] {
  return foldersIn(modules).flatMap((name) =>
    name.startsWith('@') ? foldersIn(join(modules, name)).map((inner) => `${name}/${inner}`) : [name],
  );
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name);
  } catch {
    return [];
  }
}
