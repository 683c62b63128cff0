import { realpathSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { SignalboxError, shown } from '../signal/signalbox-error.js';
import { headPath, lockPath, ownPath } from './file-names.js';
import type { FileSystem } from './file-system.js';
import { codeOf } from './file-system.js';
import type { TrailParts } from './trail.js';
import { Trail } from './trail.js';
import type { HeldBy } from './writer-lock.js';
import { WriterLock } from './writer-lock.js';

/** What a trail is opened with. */
export interface OpenOptions extends Omit<TrailParts, 'lock' | 'tell'> {
  /** Whether a second writer gets a trail of its own. */
  readonly ownFile: boolean;
  readonly followLinks: boolean;
  readonly tell: (name: string, sentence: string) => void;
}

/** So many trails beside each other. */
const MOST_OWN_FILES = 1000;

/** A path that is wrong; what else the disk says may pass, and is told with each emission until it does. */
const WRONG = new Set(['ENOTDIR', 'EEXIST', 'EACCES', 'EPERM', 'ELOOP', 'ENAMETOOLONG', 'EINVAL']);

/**
 * Takes the lock of a trail, and mends what a crash left of it. Throws a {@link SignalboxError} where the path is wrong, or somebody else
 * writes it.
 */
export function openTrail(options: OpenOptions): Trail {
  const { files, tell } = options;
  // Absolute from here on: a later change of the working directory must not move the file.
  const wanted = checkedFile(resolve(options.path), options);
  makeFolderOf(wanted, files);
  const { path, lock } = lockedPath(wanted, options);
  const trail = new Trail({ ...options, path, lock, tell: (sentence) => tell(basename(path), sentence) });
  if (!files.stat(path) && !files.stat(headPath(path))) return trail;
  try {
    trail.open();
  } catch {
    tell(basename(path), 'it can not be opened yet: emissions fail until it can');
  }
  return trail;
}

function checkedFile(path: string, { files, followLinks }: OpenOptions): string {
  const kind = kindOf(path, files);
  if (kind === 'folder')
    throw new SignalboxError(
      `auditFile: the path ${shown(path)} is a folder. Give the path of a file in it.`,
    );
  if (kind === 'other')
    throw new SignalboxError(`auditFile: the path ${shown(path)} is no regular file. Give the path of one.`);
  if (kind !== 'link') return path;
  if (!followLinks)
    throw new SignalboxError(
      `auditFile: the path ${shown(path)} is a symbolic link. Give the path of the file itself, or \`followLinks: true\`.`,
    );
  try {
    return realpathSync(path);
  } catch {
    throw new SignalboxError(
      `auditFile: the path ${shown(path)} is a symbolic link to nothing. Make its file first.`,
    );
  }
}

function kindOf(path: string, files: FileSystem): string | undefined {
  try {
    return files.stat(path)?.kind;
  } catch (error) {
    refuse(`the path ${shown(path)} can not be looked at`, error);
    return undefined;
  }
}

function makeFolderOf(path: string, files: FileSystem): void {
  const folder = dirname(path);
  try {
    if (files.stat(folder)?.kind === 'file') throw Object.assign(new Error(), { code: 'ENOTDIR' });
    files.makeFolder(folder);
  } catch (error) {
    refuse(`the folder ${shown(folder)} of the path ${shown(path)} can not be made`, error);
  }
}

/** The path that is ours to write, with its lock. */
function lockedPath(
  path: string,
  options: OpenOptions,
): { readonly path: string; readonly lock: WriterLock } {
  const { files, ownFile } = options;
  let holder: HeldBy | undefined;
  for (let number = 1; number <= (ownFile ? MOST_OWN_FILES : 1); number++) {
    const own = number === 1 ? path : ownPath(path, number);
    const lock = new WriterLock(files, lockPath(own));
    const other = takeLock(lock, own);
    if (!other) return { path: own, lock };
    holder ??= other;
  }
  throw new SignalboxError(
    `auditFile: ${shown(path)} is being written by ${holder}. A trail has one writer: give another path, or \`secondWriter: 'own-file'\`.`,
  );
}

function takeLock(lock: WriterLock, path: string): HeldBy | undefined {
  try {
    return lock.take();
  } catch (error) {
    refuse(`the lock ${shown(lockPath(path))} can not be made`, error);
    // It is taken with the first emission that the disk takes.
    return undefined;
  }
}

function refuse(what: string, error: unknown): void {
  const code = codeOf(error) ?? 'unknown';
  if (WRONG.has(code)) throw new SignalboxError(`auditFile: ${what} (${code}). Give another path.`);
}
