import { lstat, stat } from 'node:fs/promises';

/** What tells a file from others, whatever its name is. */
export interface Identity {
  readonly dev: bigint;
  readonly ino: bigint;
}

export function isSameFile(one: Identity, other: Identity | undefined): boolean {
  return other !== undefined && one.dev === other.dev && one.ino === other.ino;
}

/** Which file has a name; nothing where none has. A symbolic link is a file of its own unless links are followed. */
export async function identityAt(path: string, followLinks = false): Promise<Identity | undefined> {
  try {
    return await (followLinks ? stat : lstat)(path, { bigint: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
