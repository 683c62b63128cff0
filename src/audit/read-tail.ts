import { createHash } from 'node:crypto';
import type { Place } from './chain.js';
import { hashOf, LONGEST_LINE, readLine } from './chain.js';
import type { FileSystem } from './file-system.js';
import { readRange } from './file-system.js';
import type { Signer } from './signature.js';

const NEWLINE = 0x0a;
const CHUNK_BYTES = 64 * 1024;

/** A line's place in the trail and in its file: from its first byte to behind its newline. */
export interface FilePlace extends Place {
  readonly from: number;
  readonly to: number;
}

/** What is behind a place in a file. */
export interface Tail {
  /** The last line that follows, or the place itself. */
  readonly last: FilePlace;
  /** How many follow. */
  readonly lines: number;
  /** What is behind them and no line that follows. */
  readonly rest: { readonly bytes: number; readonly hash: string } | undefined;
}

/** Follows the chain from a place to where it ends in the file. A line counts only with the signature that ours have. */
export function readTail(files: FileSystem, fd: number, place: FilePlace, signer: Signer | undefined): Tail {
  const { size } = files.statOf(fd);
  let last = place;
  let lines = 0;
  for (;;) {
    const bytes = lineAt(files, fd, last.to, size);
    const line = bytes && readLine(bytes);
    if (!bytes || !line || typeof line === 'string') break;
    if (line.seq !== last.seq + 1 || line.prev !== last.hash || !isSignedBy(line.signature, signer)) break;
    last = { seq: line.seq, hash: line.hash, from: last.to, to: last.to + bytes.length + 1 };
    lines++;
  }
  const bytes = size - last.to;
  const rest = bytes > 0 ? { bytes, hash: hashOfRange(files, fd, last.to, size) } : undefined;
  return { last, lines, rest };
}

function isSignedBy(
  signature: Exclude<ReturnType<typeof readLine>, string>['signature'],
  signer: Signer | undefined,
): boolean {
  // Lines of an older key: it is for `audit verify`, which is given that key, to look at them.
  if (!signer || (signature && signature.key !== signer.id)) return true;
  return signature !== undefined && signer.verifies(signature.text, signature.sig);
}

/** A line without its newline; undefined where none ends in the file. */
export function lineAt(files: FileSystem, fd: number, from: number, size: number): Buffer | undefined {
  for (let length = CHUNK_BYTES; ; length *= 4) {
    const bytes = readRange(files, fd, from, Math.min(size, from + length));
    const end = bytes.indexOf(NEWLINE);
    if (end >= 0) return bytes.subarray(0, end);
    if (from + length >= size || length >= LONGEST_LINE) return undefined;
  }
}

/** The last whole line of a file that can be read as one of a trail. */
export function lastLine(files: FileSystem, fd: number): FilePlace | undefined {
  const { size } = files.statOf(fd);
  for (let length = CHUNK_BYTES; ; length *= 4) {
    const start = Math.max(0, size - length);
    const bytes = readRange(files, fd, start, size);
    const end = bytes.lastIndexOf(NEWLINE);
    const before = end > 0 ? bytes.lastIndexOf(NEWLINE, end - 1) : -1;
    if (end >= 0 && (before >= 0 || start === 0)) {
      const line = readLine(bytes.subarray(before + 1, end));
      if (typeof line === 'string') return undefined;
      return { seq: line.seq, hash: line.hash, from: start + before + 1, to: start + end + 1 };
    }
    if (start === 0 || length >= LONGEST_LINE) return undefined;
  }
}

/** Whether a line is where a head says, to the byte. */
export function isAt(files: FileSystem, fd: number, { hash, from, to }: FilePlace): boolean {
  if (to - from < 2 || to - from > LONGEST_LINE) return false;
  const bytes = readRange(files, fd, from, to);
  return bytes.length === to - from && bytes.at(-1) === NEWLINE && hashOf(bytes.subarray(0, -1)) === hash;
}

function hashOfRange(files: FileSystem, fd: number, from: number, to: number): string {
  const hash = createHash('sha256');
  for (let at = from; at < to; at += CHUNK_BYTES)
    hash.update(readRange(files, fd, at, Math.min(to, at + CHUNK_BYTES)));
  return hash.digest('hex');
}
