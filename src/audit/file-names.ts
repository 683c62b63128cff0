import { basename, dirname, extname, join } from 'node:path';
import type { FileSystem } from './file-system.js';

/** The file that says where a trail ends for certain. */
export function headPath(path: string): string {
  return `${path}.head`;
}

export function lockPath(path: string): string {
  return `${path}.lock`;
}

/** The name of one of a trail's files that is full, the first being 1: `audit.jsonl.1`. It stays. */
export function fullPath(path: string, number: number): string {
  return `${path}.${number}`;
}

/** The numbers of the full files beside a trail, in order; of those that are not compressed, or of all. */
export function fullNumbers(
  files: Pick<FileSystem, 'names'>,
  path: string,
  which: 'plain' | 'all' = 'all',
): number[] {
  const begin = `${basename(path)}.`;
  const numbers = files
    .names(dirname(path))
    .filter((file) => file.startsWith(begin))
    .map((file) => /^([1-9]\d{0,8})(\.gz)?$/.exec(file.slice(begin.length)))
    .flatMap((found) => (found && (which === 'all' || !found[2]) ? [Number(found[1])] : []));
  return [...new Set(numbers)].sort((a, b) => a - b);
}

/** The full files beside a trail, the oldest first. One that a crash left in both forms is in the form in which it was written. */
export function fullPaths(files: Pick<FileSystem, 'names'>, path: string): string[] {
  const plain = new Set(fullNumbers(files, path, 'plain'));
  return fullNumbers(files, path).map((number) =>
    plain.has(number) ? fullPath(path, number) : `${fullPath(path, number)}.gz`,
  );
}

/** A name that is free, for a file that was at the path of a trail and is none. */
export function asidePath(files: Pick<FileSystem, 'stat'>, path: string): string {
  let number = 1;
  while (files.stat(`${path}.aside-${number}`)) number++;
  return `${path}.aside-${number}`;
}

/** The file of a trail's second writer and so on: `audit.2.jsonl`. */
export function ownPath(path: string, number: number): string {
  const end = extname(path);
  return join(dirname(path), `${basename(path, end)}.${number}${end}`);
}
