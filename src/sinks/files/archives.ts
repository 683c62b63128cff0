import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Six digits, so that names sort in the order of rotations, up to a million of them. Dates (eight digits) and the numbers of other
 * rotators (one to three) are not ours.
 */
const DIGITS = 6;
const NAME = /^\.(\d{6,7})(?:(\.gz)|\.gz\.(\d+)-[0-9a-f]+\.tmp)?$/;

/** A file that was rotated away. */
export interface Archive {
  /** A higher number is newer. */
  readonly number: number;
  readonly path: string;
  readonly gzip: boolean;
}

/** The part of an archive that a process has compressed so far. */
export interface HalfWritten {
  readonly path: string;
  readonly number: number;
  readonly pid: number;
}

/** The archives beside a rotated file. */
export interface Archives {
  /** Sorted, the oldest first. */
  readonly files: readonly Archive[];
  readonly halfWritten: readonly HalfWritten[];
}

/** The name of an archive: `events.jsonl.000001` for `events.jsonl`. */
export function archivePath(path: string, number: number): string {
  return `${path}.${String(number).padStart(DIGITS, '0')}`;
}

/** The name under which this process compresses an archive. No other process uses it. */
export function halfWrittenPath(archive: string): string {
  const random = Math.floor(Math.random() * 0x1_0000_0000).toString(16);
  return `${archive}.gz.${process.pid}-${random}.tmp`;
}

/** The archives of a file, found by their names alone. */
export async function archivesOf(path: string): Promise<Archives> {
  const folder = dirname(path);
  const base = basename(path);
  const files: Archive[] = [];
  const halfWritten: HalfWritten[] = [];
  for (const name of await readdir(folder)) {
    const [, digits, gzip, pid] = (name.startsWith(base) && NAME.exec(name.slice(base.length))) || [];
    if (digits === undefined) continue;
    const found = { number: Number(digits), path: join(folder, name) };
    if (pid === undefined) files.push({ ...found, gzip: gzip !== undefined });
    else halfWritten.push({ ...found, pid: Number(pid) });
  }
  files.sort((a, b) => a.number - b.number || Number(a.gzip) - Number(b.gzip));
  return { files, halfWritten };
}
