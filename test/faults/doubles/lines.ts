import { existsSync, readFileSync } from 'node:fs';
import type { Arrivals } from '../stage/arrivals.js';

/**
 * Writes the numbers of all whole JSON lines of a text into the book of what arrived. Gives how many lines are none: parts of lines that a
 * full disk or a kill cut off.
 */
export function takeLines(text: string, seen: Arrivals): number {
  let torn = 0;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    try {
      const n = numberIn(JSON.parse(line));
      if (n !== undefined) seen.take(n);
    } catch {
      torn++;
    }
  }
  return torn;
}

/** As {@link takeLines}, of files; one that is not there has none. */
export function takeFiles(paths: readonly string[], seen: Arrivals): number {
  const texts = paths.map((path) => (existsSync(path) ? readFileSync(path, 'utf8') : ''));
  return texts.reduce((torn, text) => torn + takeLines(text, seen), 0);
}

/** The number of the emission that a value has; it may hold it as it is, or within an envelope. */
export function numberIn(value: unknown): number | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { n } = value as { n?: unknown };
  if (typeof n === 'number') return n;
  for (const inner of Object.values(value)) {
    const found = numberIn(inner);
    if (found !== undefined) return found;
  }
  return undefined;
}
