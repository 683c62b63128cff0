import { lstat, open, rename, unlink } from 'node:fs/promises';
import type { Archive } from './archives.js';
import { archivePath, archivesOf } from './archives.js';
import type { Identity } from './identity.js';
import { identityAt, isSameFile } from './identity.js';

/** For how long the empty file with which a process claims a rotation keeps others from one: it may have died with it. */
const CLAIM_MILLIS = 10_000;

/**
 * Gives a file the next archive's name. Of several processes that want to, the one does it that makes the archive's name: an empty file,
 * made where there is none, over which the file is renamed. Each name is made once, so that no rename ever takes another archive's place,
 * and a process that dies between the two leaves nothing but an empty archive.
 *
 * @param identity The file that is meant: one that is at the path in its place is left there.
 * @returns Whether this call did it. If not, another process does or did.
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
    // Not to be read: it is empty, and what is renamed over it has its own mode.
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
