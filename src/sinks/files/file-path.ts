import { lstatSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { SignalboxError, shown } from '../../signal/signalbox-error.js';

/** The absolute path of a file that can be made, its folders included. Throws a {@link SignalboxError}. */
export function checkedPath(where: string, path: unknown): string {
  if (typeof path !== 'string' || path === '') {
    throw new SignalboxError(
      `${where}: \`path\` is ${shown(path)}. Give a file's path, as in 'audit.jsonl'.`,
    );
  }
  // Absolute from here on, because a later change of the working directory must not move the file.
  const absolute = resolve(path);
  if (isFolder(absolute)) {
    throw new SignalboxError(`${where}: the path ${shown(path)} is a folder. Give the path of a file in it.`);
  }
  let above = dirname(absolute);
  while (!isThere(above) && above !== dirname(above)) above = dirname(above);
  if (!isFolder(above)) {
    throw new SignalboxError(
      `${where}: ${shown(above)} in the path ${shown(path)} is no folder. Give the path of a file in a folder.`,
    );
  }
  return absolute;
}

/** Throws a {@link SignalboxError} if a path is a symbolic link. `given`: the path as the user wrote it. */
export function checkNoLink(where: string, path: string, given: string): void {
  if (!isLink(path)) return;
  throw new SignalboxError(
    `${where}: the path ${shown(given)} is a symbolic link. Give the path of the file itself, or \`followLinks: true\`.`,
  );
}

function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    return false;
  }
}

function isThere(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
