import { lstat, open, rename, unlink } from 'node:fs/promises';
import type { Archive } from './archives.js';
import { archivePath, archivesOf } from './archives.js';
import type { Identity } from './identity.js';
import { identityAt, isSameFile } from './identity.js';

/** Milliseconds for which the empty file of a process that claims a rotation keeps others from rotating. The process may have died. */
const CLAIM_MILLIS = 10_000;

/**
 * Gives a file the next archive's name. If several processes try this, the one that makes the archive's name rotates: it makes an
 * empty file where there is none, and renames the file over it. Each name is made once, so that no rename ever replaces another
 * archive. A process that dies in between leaves only an empty archive.
 *
 * @param identity The file to rotate. Another file at the path stays there.
 * @returns Whether this call rotated the file. If not, another process does or did.
 */
export async function rotate(path: string, identity: Identity): Promise<boolean> {
  const { files } = await archivesOf(path);
  const last = files.at(-1);
  if (last && (await isClaim(last))) return false;
  const archive = archivePath(path, (last?.number ?? 0) + 1);
  if (!(await claim(archive))) return false;
  try {
    if (isSameFile(identity, await identityAt(path))) {
      await rename(path, archive);
      return true;
    }
  } catch (error) {
    await unlink(archive).catch(() => {});
    throw error;
  }
  await unlink(archive);
  return false;
}

async function claim(archive: string): Promise<boolean> {
  try {
    // Without permissions for others: the file is empty, and the file that is renamed over it has its own mode.
    await (await open(archive, 'wx', 0o600)).close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Whether an archive is still the empty file of a process that is about to rotate. */
async function isClaim({ path, gzip }: Archive): Promise<boolean> {
  if (gzip) return false;
  try {
    const { size, mtimeMs } = await lstat(path);
    return size === 0 && Math.abs(Date.now() - mtimeMs) < CLAIM_MILLIS;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
