import { lstat, stat } from 'node:fs/promises';

/** Distinguishes a file from others, whatever its name is. */
export interface Identity {
  readonly dev: bigint;
  readonly ino: bigint;
}

export function isSameFile(one: Identity, other: Identity | undefined): boolean {
  return other !== undefined && one.dev === other.dev && one.ino === other.ino;
}

/** The file that has a name; undefined if there is none. A symbolic link counts as a file of its own unless links are followed. */
export async function identityAt(path: string, followLinks = false): Promise<Identity | undefined> {
  try {
    return await (followLinks ? stat : lstat)(path, { bigint: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
