import type { BigIntStats } from 'node:fs';
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { lstat, open, readlink, realpath, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { ownError } from '../../delivery/own-error.js';
import { identityAt, isSameFile } from './identity.js';

/** Refuses a symbolic link as the last part of a path. Windows has no such flag. */
export const NO_FOLLOW: number = constants.O_NOFOLLOW ?? 0;
/** Other processes make, move and remove the file too. The path is tried so many times. */
const TRIES = 20;

/** How a file is opened. */
export interface OpenOptions {
  /** The permission bits of a new file, whatever the umask is. Default: 0o666 less the umask. */
  readonly mode?: number | undefined;
  /** Whether a symbolic link at the path is followed. */
  readonly followLinks: boolean;
}

/** A file that is open for appending. */
export interface OpenedFile {
  readonly handle: FileHandle;
  /** Where the file is: the path, or the target of the links there. */
  readonly path: string;
  readonly stat: BigIntStats;
  /** False for pipes and devices, of which nothing can be examined. */
  readonly regular: boolean;
  /** Whether the same handle can read the file. */
  readonly readable: boolean;
  readonly made: boolean;
}

/** Opens a file for appending, and makes it if it is missing. The returned file was at the path after it was opened. */
export async function openToAppend(path: string, options: OpenOptions): Promise<OpenedFile> {
  const { followLinks } = options;
  for (let tries = 1; ; tries++) {
    const last = tries === TRIES;
    try {
      const opened = await openOnce(followLinks ? await targetOf(path) : path, options);
      if (last || isSameFile(opened.stat, await identityAt(opened.path, followLinks))) return opened;
      await opened.handle.close();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // The file came or went between our check and the opening.
      if (last || (code !== 'EEXIST' && !(code === 'ENOENT' && (await isFolderOf(path))))) throw error;
    }
  }
}

async function openOnce(path: string, { mode, followLinks }: OpenOptions): Promise<OpenedFile> {
  const append = constants.O_APPEND | (followLinks ? 0 : NO_FOLLOW);
  const there = await (followLinks ? stat : lstat)(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  if (there?.isSymbolicLink()) throw linkError(path);
  const regular = there?.isFile() ?? true;
  let readable = regular;
  let handle: FileHandle;
  if (!there) {
    handle = await open(
      path,
      constants.O_RDWR | append | constants.O_CREAT | constants.O_EXCL,
      mode ?? 0o666,
    );
  } else
    try {
      // A pipe that is also opened for reading would have itself as a reader.
      handle = await open(path, (regular ? constants.O_RDWR : constants.O_WRONLY) | append);
    } catch (error) {
      if (!regular || (error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
      handle = await open(path, constants.O_WRONLY | append);
      readable = false;
    }
  try {
    if (!there && mode !== undefined) await handle.chmod(mode);
    return { handle, path, stat: await handle.stat({ bigint: true }), regular, readable, made: !there };
  } catch (error) {
    await handle.close().catch(() => {});
    throw error;
  }
}

/**
 * The target of a path, even if the last link has no target yet. A file that a process has open (`/dev/stdout`) has no name but the
 * link.
 */
async function targetOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const link = await readlink(path).catch(() => undefined);
    const leads = link !== undefined && (await identityAt(path, true).catch(() => undefined));
    return link === undefined || leads ? path : resolve(dirname(path), link);
  }
}

async function isFolderOf(path: string): Promise<boolean> {
  return (await identityAt(dirname(path), true).catch(() => undefined)) !== undefined;
}

function linkError(path: string): Error {
  const message = `'${path}' is a symbolic link, which is not followed: \`followLinks\` is not set`;
  return Object.assign(ownError(message), { code: 'ELOOP' });
}
