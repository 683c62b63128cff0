import {
  closeSync,
  constants,
  fchmodSync,
  fdatasyncSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { Patience } from '../../delivery/process-exit.js';
import { writeLines, writeNow } from '../sync-write.js';
import type { AppendFile } from './append-file.js';
import type { Batch, Line } from './line.js';
import { NO_FOLLOW } from './open-file.js';
import type { FileSettings } from './settings.js';

const NEWLINE = 0x0a;
/** Windows has none. */
const NONBLOCK = constants.O_NONBLOCK ?? 0;

/** How long lines that are being written by another thread may take to be seen in the file. */
const SEEN_MILLIS = 500;
/** When nothing has been added to a part of them for so long, nothing will be. */
const STILL_MILLIS = 20;
/** The most that is looked through for lines that others' lines may be beside of. */
const READ_BYTES = 16 * 1024 * 1024;

/**
 * Brings lines to their end that another thread was asked to write when the process ended. That thread goes on while this one waits, and
 * Node.js waits for it at the end: such lines are never written anew, or they would be there twice.
 */
export function finishBatch(batch: Batch, file: AppendFile, sync: boolean, patience: Patience): void {
  try {
    let seen = batch.written ?? seenOf(batch.bytes, file, patience);
    const left = batch.bytes.subarray(seen);
    if (seen > 0 && left.length > 0) seen += writeNow(file.fd, left, patience).bytes;
    const { whole, rest } = batch.split(seen);
    for (const line of rest) line.end('lost');
    if (sync && whole.length > 0) syncAtExit(whole, file);
    else for (const line of whole) line.end('delivered');
  } catch {
    for (const line of batch.lines) line.end('lost');
  }
}

/** Has the disk take lines that are in a file. */
export function syncAtExit(lines: readonly Line[], file: AppendFile): void {
  try {
    fdatasyncSync(file.fd);
    for (const line of lines) line.end('delivered');
  } catch {
    for (const line of lines) line.end('lost');
  }
}

/** Waits until bytes are in their file. Gives how many of them are, if it stays a part. */
function seenOf(bytes: Buffer, file: AppendFile, patience: Patience): number {
  if (!file.regular) return 0;
  let part = 0;
  let still = 0;
  for (let waited = 0; ; waited++) {
    const seen = lookFor(bytes, file);
    if (seen === bytes.length) return seen;
    still = seen > 0 && seen === part ? still + 1 : 0;
    part = seen;
    if (still >= STILL_MILLIS) return part;
    if (waited >= SEEN_MILLIS || !patience.wait(1)) return part;
  }
}

/** How many of the bytes are in the file, behind where it ended before them. */
function lookFor(bytes: Buffer, { fd, size: from, readable }: AppendFile): number {
  const { size } = fstatSync(fd);
  // Cut off by somebody, as some rotate files: then they may be anywhere.
  const added = size < from ? size : size - from;
  // What can not be read is known by its size alone.
  if (!readable || added === 0) return Math.min(added, bytes.length);
  const behind = Buffer.alloc(Math.min(added, READ_BYTES));
  const read = readSync(fd, behind, 0, behind.length, size - behind.length);
  const found = behind.subarray(0, read);
  if (found.includes(bytes)) return bytes.length;
  return found.length < bytes.length && bytes.subarray(0, found.length).equals(found) ? found.length : 0;
}

/**
 * Appends lines to a file at once, and has the disk take them where that is asked for. Tells the outcome of each, in order; of those for
 * which no time is left it tells none.
 */
export function appendAtExit(
  settings: FileSettings,
  lines: readonly Buffer[],
  settled: (outcome: 'delivered' | 'failed') => void,
  patience: Patience,
): void {
  if (lines.length === 0) return;
  let told = 0;
  const tell = (outcome: 'delivered' | 'failed', upTo: number): void => {
    for (; told < upTo; told++) settled(outcome);
  };
  let fd: number | undefined;
  try {
    fd = openNow(settings);
    if (isTorn(fd, settings.path)) writeNow(fd, Buffer.of(NEWLINE), patience);
    const written = writeLines(fd, lines, patience);
    if (settings.sync !== 'never' && written.lines > 0) fdatasyncSync(fd);
    tell('delivered', written.lines);
    if (written.error !== undefined) tell('failed', lines.length);
  } catch {
    tell('failed', lines.length);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Opened anew, for the file may have been moved away, and not to wait for the reader of a named pipe. */
function openNow({ path, mode, followLinks }: FileSettings): number {
  const flags = constants.O_WRONLY | constants.O_APPEND | NONBLOCK | (followLinks ? 0 : NO_FOLLOW);
  try {
    return openSync(path, flags);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  mkdirSync(dirname(path), { recursive: true });
  const fd = openSync(path, flags | constants.O_CREAT, mode ?? 0o666);
  if (mode !== undefined) fchmodSync(fd, mode);
  return fd;
}

/** Whether a file's last line has no end. A file that can be appended to but not read is taken to be whole. */
function isTorn(fd: number, path: string): boolean {
  const { size, dev, ino, isFile } = statOf(fd);
  if (!isFile || size === 0) return false;
  let reading: number | undefined;
  try {
    reading = openSync(path, constants.O_RDONLY | NONBLOCK);
    const there = fstatSync(reading);
    if (there.dev !== dev || there.ino !== ino) return false;
    const last = Buffer.alloc(1);
    readSync(reading, last, 0, 1, size - 1);
    return last[0] !== NEWLINE;
  } catch {
    return false;
  } finally {
    if (reading !== undefined) closeSync(reading);
  }
}

function statOf(fd: number): { size: number; dev: number; ino: number; isFile: boolean } {
  const stat = fstatSync(fd);
  return { size: stat.size, dev: stat.dev, ino: stat.ino, isFile: stat.isFile() };
}
