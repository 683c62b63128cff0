import { closeSync, constants, fdatasyncSync, fstatSync, openSync, readSync } from 'node:fs';
import type { Patience } from '../delivery/process-exit.js';
import { writeLines, writeNow } from './sync-write.js';
import type { Given } from './write-outcomes.js';

const NEWLINE = 0x0a;
/** Windows has none. */
const NONBLOCK = constants.O_NONBLOCK ?? 0;

/** How long a line that is being written by another thread may take to be seen in the file. */
const SEEN_MILLIS = 500;
/** When nothing has been added to a part of a line for so long, nothing will be. */
const STILL_MILLIS = 20;
/** The most that is looked through for a line that others' lines may be beside of. */
const READ_BYTES = 16 * 1024 * 1024;

/** A line that another thread was asked to append. */
interface Begun extends Given {
  readonly at: { readonly fd: number; readonly from: number; readonly text: string } | undefined;
  readonly written: boolean;
}

/**
 * Brings a line to its end that another thread was asked to write when the process ended. That thread goes on while this one waits, and
 * Node.js waits for it at the end: such a line is never written anew, or it would be there twice.
 */
export function finishLine(line: Begun, path: string, sync: boolean, patience: Patience): void {
  const { at } = line;
  if (!at) return;
  try {
    const bytes = Buffer.from(at.text);
    const seen = line.written ? bytes.length : seenOf(bytes, at, path, patience);
    const left = bytes.subarray(seen);
    const whole = seen > 0 && writeNow(at.fd, left, patience).bytes === left.length;
    if (whole && sync) fdatasyncSync(at.fd);
    line.end(whole ? 'delivered' : 'lost');
  } catch {
    line.end('lost');
  }
}

/** Waits until a line is in its file. Gives how many bytes of it are, if it stays a part. */
function seenOf(
  line: Buffer,
  at: { readonly fd: number; readonly from: number },
  path: string,
  patience: Patience,
): number {
  const stat = fstatSync(at.fd);
  if (!stat.isFile()) return 0;
  let part = 0;
  let still = 0;
  const reading = readerOf(path, stat);
  try {
    for (let waited = 0; ; waited++) {
      const seen = lookFor(line, at, reading);
      if (seen === line.length) return seen;
      still = seen > 0 && seen === part ? still + 1 : 0;
      part = seen;
      if (still >= STILL_MILLIS) return part;
      if (waited >= SEEN_MILLIS || !patience.wait(1)) return part;
    }
  } finally {
    if (reading !== undefined) closeSync(reading);
  }
}

/** How much of a line is in the file, behind where the file ended before it. */
function lookFor(
  line: Buffer,
  { fd, from }: { readonly fd: number; readonly from: number },
  reading: number | undefined,
): number {
  const { size } = fstatSync(fd);
  // Cut off by somebody, as some rotate files: then it may be anywhere.
  const added = size < from ? size : size - from;
  // What can not be read is known by its size alone.
  if (reading === undefined || added === 0) return Math.min(added, line.length);
  const behind = Buffer.alloc(Math.min(added, READ_BYTES));
  const read = readSync(reading, behind, 0, behind.length, size - behind.length);
  const found = behind.subarray(0, read);
  if (found.includes(line)) return line.length;
  return found.length < line.length && line.subarray(0, found.length).equals(found) ? found.length : 0;
}

/** The file for reading, if it is still the one at its path and may be read. */
function readerOf(
  path: string,
  { dev, ino }: { readonly dev: number; readonly ino: number },
): number | undefined {
  let reading: number | undefined;
  try {
    reading = openSync(path, constants.O_RDONLY | NONBLOCK);
    const stat = fstatSync(reading);
    if (stat.dev === dev && stat.ino === ino) return reading;
  } catch {
    // By its size, then.
  }
  if (reading !== undefined) closeSync(reading);
  return undefined;
}

/**
 * Appends lines to a file at once, and has the disk take them where that is asked for. Tells the outcome of each, in order; of those for
 * which no time is left it tells none.
 */
export function appendNow(
  path: string,
  sync: boolean,
  lines: readonly string[],
  settled: (outcome: 'delivered' | 'failed') => void,
  patience: Patience,
): void {
  let told = 0;
  const tell = (outcome: 'delivered' | 'failed', upTo: number): void => {
    for (; told < upTo; told++) settled(outcome);
  };
  let fd: number | undefined;
  try {
    // Opened anew, for the file may have been moved away, and not to wait for the reader of a named pipe.
    fd = openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | NONBLOCK);
    if (isTorn(path, fd)) writeNow(fd, Buffer.of(NEWLINE), patience);
    const bytes = lines.map((line) => Buffer.from(line));
    const written = writeLines(fd, bytes, patience);
    if (sync && written.lines > 0) fdatasyncSync(fd);
    tell('delivered', written.lines);
    if (written.error !== undefined) tell('failed', lines.length);
  } catch {
    tell('failed', lines.length);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Whether a file's last line has no end. */
function isTorn(path: string, fd: number): boolean {
  const stat = fstatSync(fd);
  if (!stat.isFile() || stat.size === 0) return false;
  const reading = readerOf(path, stat);
  if (reading === undefined) return false;
  try {
    const last = Buffer.alloc(1);
    readSync(reading, last, 0, 1, stat.size - 1);
    return last[0] !== NEWLINE;
  } finally {
    closeSync(reading);
  }
}
