import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { PGlite } from '@electric-sql/pglite';

/**
 * The data folder of a PostgreSQL that was just set up. To set one up takes PGlite several seconds of CPU, so it is done once for each
 * version and kept beside the packages.
 */
export async function newDataFolder(): Promise<Blob> {
  const { version } = JSON.parse(
    readFileSync(resolve('node_modules/@electric-sql/pglite/package.json'), 'utf8'),
  ) as { version: string };
  const folder = resolve('node_modules/.cache/signalbox-tests');
  const path = join(folder, `pglite-${version}.tar`);
  try {
    return new Blob([readFileSync(path)]);
  } catch {
    const made = await setUp();
    mkdirSync(folder, { recursive: true });
    const own = `${path}.${process.pid}`;
    writeFileSync(own, new Uint8Array(await made.arrayBuffer()));
    // Another test may do the same: a file is there whole or not at all.
    renameSync(own, path);
    return made;
  }
}

async function setUp(): Promise<Blob> {
  const pglite = await PGlite.create();
  try {
    return await pglite.dumpDataDir('none');
  } finally {
    await pglite.close();
  }
}
