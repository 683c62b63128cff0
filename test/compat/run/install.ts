import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { installFrom, pack, unpackInto } from '../../support/installs.js';
import type { Cell } from '../matrix/cells.js';
import { DIMENSIONS } from '../matrix/cells.js';
import { appsOn, HERE, ROOT, WORK } from './places.js';

const PROGRAMS = ['check', 'app', 'zero-code'] as const;
const NODES = join(HERE, 'nodes');

/** Puts the packed package, OpenTelemetry and the apps' programs into one folder for each line, and the programs of Node beside. */
export async function install(): Promise<void> {
  const tarball = await pack(WORK);
  await installFrom(NODES, join(WORK, 'nodes'));
  await installFrom(join(HERE, 'otel-3'), appsOn('3'));
  // What the repository has itself.
  rmSync(appsOn('2'), { recursive: true, force: true });
  mkdirSync(join(appsOn('2'), 'node_modules'), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules/@opentelemetry'), join(appsOn('2'), 'node_modules/@opentelemetry'));
  for (const line of DIMENSIONS.line) {
    await unpackInto(appsOn(line), tarball);
    for (const folder of PROGRAMS) {
      rmSync(join(appsOn(line), folder), { recursive: true, force: true });
      cpSync(join(HERE, folder), join(appsOn(line), folder), { recursive: true });
    }
  }
}

/** The program of a major version of Node. */
export function nodeOf(major: Cell['node']): string {
  return join(WORK, `nodes/node_modules/node-${major}/bin/node`);
}

/** The whole version of each Node, by its major one. */
export function nodeVersions(): Readonly<Record<Cell['node'], string>> {
  const { dependencies } = JSON.parse(readFileSync(join(NODES, 'package.json'), 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  const versionOf = (major: string): string => dependencies[`node-${major}`]?.split('@').at(-1) ?? '';
  return Object.fromEntries(DIMENSIONS.node.map((major) => [major, versionOf(major)])) as Record<
    Cell['node'],
    string
  >;
}
