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

/** The numbers of the full files beside a trail, in order. */
export function fullNumbers(files: Pick<FileSystem, 'names'>, path: string): number[] {
  const name = basename(path);
  return files
    .names(dirname(path))
    .filter((file) => file.startsWith(`${name}.`))
    .map((file) => file.slice(name.length + 1))
    .filter((rest) => /^[1-9]\d{0,8}$/.test(rest))
    .map(Number)
    .sort((a, b) => a - b);
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
