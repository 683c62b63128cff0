import { constants } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Some platforms do not open folders, and some file systems do not sync them. Nothing can be done then. */
const NO_SYNC: ReadonlySet<unknown> = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'EISDIR', 'EPERM']);
/** Windows has no such flag. */
const DIRECTORY = constants.O_DIRECTORY ?? 0;

/**
 * Makes a folder and the missing ones above it. Returns the topmost that it made; undefined if all existed.
 *
 * @param mode The permission bits of new folders, less the umask. Default 0o777.
 */
export function makeFolder(path: string, mode?: number): Promise<string | undefined> {
  return mkdir(path, { recursive: true, mode });
}

/** Syncs the names in a folder to the disk, so that a new file in it is still found after a power failure. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, constants.O_RDONLY | DIRECTORY);
  try {
    await folder.sync();
  } catch (error) {
    if (!NO_SYNC.has((error as NodeJS.ErrnoException).code)) throw error;
  } finally {
    await folder.close();
  }
}

/** Syncs folders that were made: `path` and those above it, up to the one that contains the topmost. */
export async function syncMadeFolders(path: string, topmost: string | undefined): Promise<void> {
  await syncFolder(path);
  if (topmost === undefined) return;
  const end = dirname(topmost);
  for (let folder = path; folder !== end && folder !== dirname(folder); ) {
    folder = dirname(folder);
    await syncFolder(folder);
  }
}
