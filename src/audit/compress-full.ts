import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { ownError } from '../delivery/own-error.js';
import { fullNumbers, fullPath } from './file-names.js';
import type { FileSystem } from './file-system.js';
import { FLAGS } from './file-system.js';

/**
 * Compresses a full file of a trail. What comes of it is read back before it takes the file's place: lines that were acknowledged are on
 * the disk in one form at least, whenever the process or the machine stops. One that a crash left in both forms is compressed anew.
 */
export async function compressFull(file: string, files: Pick<FileSystem, 'syncFolder'>): Promise<void> {
  const half = `${file}.gz.tmp`;
  const from = await open(file, FLAGS.there | FLAGS.noLink);
  try {
    const { mode } = await from.stat();
    const to = await open(half, FLAGS.makeEmpty | FLAGS.noLink, mode & 0o777);
    try {
      await compress(from, to);
    } finally {
      await to.close();
    }
    await rename(half, `${file}.gz`);
    files.syncFolder(dirname(file));
    await unlink(file);
  } catch (error) {
    await unlink(half).catch(() => {});
    throw error;
  } finally {
    await from.close();
  }
}

async function compress(from: FileHandle, to: FileHandle): Promise<void> {
  const lines = createHash('sha256');
  const source = from.createReadStream({ autoClose: false });
  source.on('data', (part) => lines.update(part));
  await pipeline(source, createGzip(), async (compressed) => {
    for await (const part of compressed) await to.appendFile(part as Buffer);
  });
  await to.sync();
  const back = createHash('sha256');
  await pipeline(to.createReadStream({ start: 0, autoClose: false }), createGunzip(), back);
  if (!back.digest().equals(lines.digest()))
    throw ownError('a compressed audit file is not what was compressed');
}

/** Compresses the full files of a trail, one after the other, but the newest: where the head file is gone, that one says where the trail ends. */
export async function compressFullFiles(
  path: string,
  files: Pick<FileSystem, 'names' | 'syncFolder'>,
): Promise<void> {
  for (;;) {
    const newest = fullNumbers(files, path).at(-1);
    const next = fullNumbers(files, path, 'plain').find((number) => number !== newest);
    if (next === undefined) return;
    await compressFull(fullPath(path, next), files);
  }
}
