import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { afterAll } from 'vitest';
import { sources } from '../../scripts/subpaths.js';

// Beside the packages: what is not bundled is found from there.
const CACHE = 'node_modules/.cache/signalbox-tests';

let folder: string | undefined;
let bundling: Promise<string> | undefined;

afterAll(() => {
  if (folder) rmSync(folder, { recursive: true, force: true });
});

/** The example and the library in one bundle. It starts in a quarter of the time that Node.js needs if it compiles each source file by itself. */
export function bundledExample(): Promise<string> {
  bundling ??= bundle();
  return bundling;
}

async function bundle(): Promise<string> {
  mkdirSync(CACHE, { recursive: true });
  folder = mkdtempSync(resolve(CACHE, 'example-'));
  await build({
    entryPoints: ['examples/job-queue/main.ts'],
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    outExtension: { '.js': '.mjs' },
    logLevel: 'error',
    alias: sources(),
  });
  return join(folder, 'main.mjs');
}
