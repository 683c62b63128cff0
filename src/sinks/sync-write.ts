import { writeSync } from 'node:fs';
import type { Patience } from '../delivery/process-exit.js';

/** A pipe takes so many bytes whole or not at all, so lines up to this length are never torn. */
const WHOLE_BYTES = 4096;

const FIRST_PAUSE_MILLIS = 1;
const LONGEST_PAUSE_MILLIS = 5;

/** The result of a write that may have stopped early. */
export interface Written {
  readonly bytes: number;
  /** The error that stopped it; undefined if the time was over. */
  readonly error?: unknown;
}

/** Writes bytes at once. Waits for a reader as long as there is patience. */
export function writeNow(fd: number, bytes: Uint8Array, patience: Patience): Written {
  let written = 0;
  let pause = FIRST_PAUSE_MILLIS;
  while (written < bytes.length) {
    try {
      written += writeSync(fd, bytes, written, bytes.length - written);
      pause = FIRST_PAUSE_MILLIS;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EINTR') continue;
      if (code !== 'EAGAIN') return { bytes: written, error };
      // The pipe is full, and its reader must read first.
      if (!patience.wait(pause)) break;
      pause = Math.min(pause * 2, LONGEST_PAUSE_MILLIS);
    }
  }
  return { bytes: written };
}

/** How many lines were written, and how many bytes of the line at which the write stopped. */
export interface WrittenLines {
  readonly lines: number;
  readonly bytesOfNext: number;
  readonly error?: unknown;
}

/** Writes lines in few calls, each of which takes whole lines. */
export function writeLines(fd: number, lines: readonly Buffer[], patience: Patience): WrittenLines {
  let at = 0;
  while (at < lines.length) {
    let end = at + 1;
    let size = (lines[at] as Buffer).length;
    while (end < lines.length && size + (lines[end] as Buffer).length <= WHOLE_BYTES) {
      size += (lines[end] as Buffer).length;
      end++;
    }
    const written = writeNow(fd, Buffer.concat(lines.slice(at, end)), patience);
    let { bytes } = written;
    for (; at < end && bytes >= (lines[at] as Buffer).length; at++) bytes -= (lines[at] as Buffer).length;
    if (at < end) return { lines: at, bytesOfNext: bytes, error: written.error };
  }
  return { lines: at, bytesOfNext: 0 };
}
