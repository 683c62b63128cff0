import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open, rename, unlink } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { ownError } from '../../delivery/own-error.js';
import { halfWrittenPath } from './archives.js';
import { identityAt, isSameFile } from './identity.js';
import { NO_FOLLOW } from './open-file.js';
import { SEAL, untilSeal } from './seal.js';

const NEWLINE = Buffer.from('\n');

/**
 * Files that this process is writing. The process id in a name is not enough: after a restart, an earlier process may have had the
 * same one.
 */
const writing = new Set<string>();

export function isWriting(halfWritten: string): boolean {
  return writing.has(halfWritten);
}

/**
 * Compresses an archive. The compressed file takes the archive's place by one rename, and its own name by another, so that at no
 * moment its lines are in two files, or in none. If another process stopped after the first rename, only the second is left to do.
 */
export async function compress(archive: string): Promise<void> {
  const handle = await open(archive, constants.O_RDWR | constants.O_APPEND | NO_FOLLOW);
  try {
    const stat = await handle.stat({ bigint: true });
    if (!(await isCompressed(handle))) {
      if (stat.size === 0n) return;
      const { bytesWritten } = await handle.write(SEAL, 0, SEAL.length, null);
      if (bytesWritten < SEAL.length) throw ownError(`the disk took only a part of the seal of '${archive}'`);
      const made = halfWrittenPath(archive);
      try {
        writing.add(made);
        await write(made, handle, Number(stat.mode) & 0o777);
        // Another process compressed the archive meanwhile.
        if (!isSameFile(stat, await identityAt(archive))) return await unlink(made);
        await rename(made, archive);
      } catch (error) {
        await unlink(made).catch(() => {});
        throw error;
      } finally {
        writing.delete(made);
      }
    }
    await rename(archive, `${archive}.gz`);
  } finally {
    await handle.close();
  }
}

async function write(path: string, from: FileHandle, mode: number): Promise<void> {
  const { atime, mtime } = await from.stat();
  const to = await open(path, 'wx', mode);
  try {
    await to.chmod(mode);
    await pipeline(endedLines(from), createGzip(), async (compressed) => {
      for await (const part of compressed) await to.appendFile(part as Buffer);
    });
    await to.utimes(atime, mtime);
    // The file replaces lines that may be on the disk already.
    await to.sync();
  } finally {
    await to.close();
  }
}

async function* endedLines(from: FileHandle): AsyncGenerator<Buffer> {
  let last: number | undefined = NEWLINE[0];
  for await (const part of untilSeal(from)) {
    last = part.at(-1);
    yield part;
  }
  if (last !== NEWLINE[0]) yield NEWLINE;
}

async function isCompressed(handle: FileHandle): Promise<boolean> {
  const { bytesRead, buffer } = await handle.read(new Uint8Array(2), 0, 2, 0);
  return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
}
