import { constants } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Some platforms open no folder, and some file systems sync none: there is nothing to be done then. */
const NO_SYNC: ReadonlySet<unknown> = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'EISDIR', 'EPERM']);
/** Windows has none. */
const DIRECTORY = constants.O_DIRECTORY ?? 0;

/**
 * Makes a folder and those above it, where they are missing. Gives the topmost that it made, nothing where all were there.
 *
 * @param mode The permission bits of those that are made, less the umask. Default 0o777.
 */
export function makeFolder(path: string, mode?: number): Promise<string | undefined> {
  return mkdir(path, { recursive: true, mode });
}

/** Has the disk take what names a folder holds: a file that was made in it is found again after the power fails. */
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

/** The same for folders that were made: for `path` and those above it, up to the one in which the topmost was made. */
export async function syncMadeFolders(path: string, topmost: string | undefined): Promise<void> {
  await syncFolder(path);
  if (topmost === undefined) return;
  const end = dirname(topmost);
  for (let folder = path; folder !== end && folder !== dirname(folder); ) {
    folder = dirname(folder);
    await syncFolder(folder);
  }
}
