import type { BigIntStats } from 'node:fs';
import {
  closeSync,
  constants,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  unlinkSync,
  utimesSync,
  write,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** What is looked at of a file. */
export interface FileStat {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: number;
  readonly mtimeMillis: number;
  readonly birthMillis: number;
  readonly kind: 'file' | 'folder' | 'link' | 'other';
}

/**
 * What a trail does with files, so that a test can look on. Groups are written and synced beside the app; what is rare (to open, to mend,
 * to rotate) and what comes when the process ends is done at once.
 */
export interface FileSystem {
  write(fd: number, bytes: Uint8Array, at: number): Promise<number>;
  sync(fd: number): Promise<void>;
  writeNow(fd: number, bytes: Uint8Array, at: number): number;
  syncNow(fd: number): void;
  open(path: string, flags: number, mode?: number): number;
  close(fd: number): void;
  read(fd: number, bytes: Uint8Array, at: number): number;
  truncate(fd: number, size: number): void;
  statOf(fd: number): FileStat;
  /** Of a link that is last in the path: the link's own. */
  stat(path: string): FileStat | undefined;
  readText(path: string): string | undefined;
  names(folder: string): string[];
  rename(from: string, to: string): void;
  remove(path: string): void;
  touch(path: string): void;
  makeFolder(path: string): void;
  /** Has the disk keep the names in a folder. */
  syncFolder(path: string): void;
}

export const FLAGS: Readonly<Record<'there' | 'make' | 'makeNew' | 'makeEmpty' | 'noLink', number>> = {
  /** To read and write a file that is there. */
  there: constants.O_RDWR,
  /** The same; it is made where it is not there. */
  make: constants.O_RDWR | constants.O_CREAT,
  /** To make a file that is not there. */
  makeNew: constants.O_RDWR | constants.O_CREAT | constants.O_EXCL,
  /** To make a file, or to write one anew. */
  makeEmpty: constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC,
  /** Added: no link is followed that is last in the path. Windows has none of it. */
  noLink: constants.O_NOFOLLOW ?? 0,
};

export const realFiles: FileSystem = {
  write: (fd, bytes, at) =>
    new Promise((resolve, reject) => {
      write(fd, bytes, 0, bytes.length, at, (error, written) => (error ? reject(error) : resolve(written)));
    }),
  sync: (fd) =>
    new Promise((resolve, reject) => {
      fdatasync(fd, (error) => (error ? reject(error) : resolve()));
    }),
  writeNow: (fd, bytes, at) => writeSync(fd, bytes, 0, bytes.length, at),
  syncNow: fdatasyncSync,
  open: (path, flags, mode) => openSync(path, flags, mode),
  close: closeSync,
  read: (fd, bytes, at) => readSync(fd, bytes, 0, bytes.length, at),
  truncate: ftruncateSync,
  statOf: (fd) => statOf(fstatSync(fd, { bigint: true })),
  stat: (path) => {
    try {
      const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
      return stat && statOf(stat);
    } catch (error) {
      // Below a file there is nothing.
      if (codeOf(error) === 'ENOTDIR') return undefined;
      throw error;
    }
  },
  readText: (path) => {
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  },
  names: (folder) => readdirSync(folder),
  rename: renameSync,
  remove: unlinkSync,
  touch: (path) => {
    const now = new Date();
    utimesSync(path, now, now);
  },
  makeFolder: (path) => {
    const first = mkdirSync(path, { recursive: true });
    if (first === undefined) return;
    // The names of all that were made, not of the first alone.
    const top = dirname(first);
    for (let folder = dirname(path); folder.startsWith(top); folder = dirname(folder)) {
      syncFolder(folder);
      if (folder === top) break;
    }
  },
  syncFolder,
};

function syncFolder(path: string): void {
  // Windows opens no folders: there the file system itself is trusted with names.
  if (process.platform === 'win32') return;
  const fd = openSync(path, constants.O_RDONLY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function statOf(stat: BigIntStats): FileStat {
  const { dev, ino, size, mtimeMs, birthtimeMs } = stat;
  const kind = stat.isFile()
    ? 'file'
    : stat.isDirectory()
      ? 'folder'
      : stat.isSymbolicLink()
        ? 'link'
        : 'other';
  return {
    dev,
    ino,
    size: Number(size),
    mtimeMillis: Number(mtimeMs),
    birthMillis: Number(birthtimeMs),
    kind,
  };
}

export function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}

/** Writes all bytes, in as many calls as the disk needs. */
export function writeAllNow(files: FileSystem, fd: number, bytes: Uint8Array, at: number): void {
  for (let done = 0; done < bytes.length; )
    done += files.writeNow(fd, done === 0 ? bytes : bytes.subarray(done), at + done);
}

export async function writeAll(files: FileSystem, fd: number, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; )
    done += await files.write(fd, done === 0 ? bytes : bytes.subarray(done), at + done);
}

/** The bytes of a range, or as many as there are. */
export function readRange(files: FileSystem, fd: number, from: number, to: number): Buffer {
  const bytes = Buffer.alloc(Math.max(0, to - from));
  let done = 0;
  while (done < bytes.length) {
    const read = files.read(fd, bytes.subarray(done), from + done);
    if (read === 0) break;
    done += read;
  }
  return bytes.subarray(0, done);
}
