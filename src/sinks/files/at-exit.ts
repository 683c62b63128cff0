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
/** Windows has no such flag. */
const NONBLOCK = constants.O_NONBLOCK ?? 0;

/** Milliseconds within which lines that another thread is writing must appear in the file. */
const SEEN_MILLIS = 500;
/** If a part of them has not grown for so long, it will not grow any more. */
const STILL_MILLIS = 20;
/** Maximum number of bytes that are searched for our lines among those of others. */
const READ_BYTES = 16 * 1024 * 1024;

/**
 * Completes lines that another thread was writing when the process ended. That thread goes on while this one waits, and Node.js waits
 * for it at the end. Such lines are never written again, or they would be there twice.
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

/** Syncs lines that are in a file to the disk. */
export function syncAtExit(lines: readonly Line[], file: AppendFile): void {
  try {
    fdatasyncSync(file.fd);
    for (const line of lines) line.end('delivered');
  } catch {
    for (const line of lines) line.end('lost');
  }
}

/** Waits until bytes are in their file. Returns how many are there, if it stays at a part. */
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

/** How many of the bytes are in the file, after its earlier end. */
function lookFor(bytes: Buffer, { fd, size: from, readable }: AppendFile): number {
  const { size } = fstatSync(fd);
  // Somebody cut the file off, as some rotators do. The bytes may then be anywhere.
  const added = size < from ? size : size - from;
  // An unreadable file shows only its size.
  if (!readable || added === 0) return Math.min(added, bytes.length);
  const behind = Buffer.alloc(Math.min(added, READ_BYTES));
  const read = readSync(fd, behind, 0, behind.length, size - behind.length);
  const found = behind.subarray(0, read);
  if (found.includes(bytes)) return bytes.length;
  return found.length < bytes.length && bytes.subarray(0, found.length).equals(found) ? found.length : 0;
}

/**
 * Appends lines to a file at once, and syncs them to the disk if the settings ask for it. Reports the outcome of each line, in order,
 * but not of lines for which no time is left.
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

/** Opens the file anew, because it may have been moved away. Does not wait for the reader of a named pipe. */
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

/** Whether a file's last line is unfinished. A file that can be appended to but not read counts as whole. */
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
