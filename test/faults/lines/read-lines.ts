import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** Behind it nothing of an archive counts: the process that compresses it has written what came later elsewhere. */
const SEAL = '\n{"sealed":"signalbox"}\n';

/** What is in a file and in those that it was rotated to. */
export interface LinesRead {
  /** How often each message is there, in a line that is whole. */
  readonly messages: ReadonlyMap<string, number>;
  /** Lines that are no JSON of ours. */
  readonly torn: readonly string[];
  readonly archives: number;
  readonly compressed: number;
  /** Files that are neither the file nor an archive. */
  readonly strange: readonly string[];
}

export function readLines(path: string): LinesRead {
  const folder = dirname(path);
  const base = basename(path);
  const messages = new Map<string, number>();
  const torn: string[] = [];
  const strange: string[] = [];
  let archives = 0;
  let compressed = 0;
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(base)) continue;
    const gzip = /\.\d{6}\.gz$/.test(name);
    if (name !== base && !gzip && !/\.\d{6}$/.test(name)) {
      strange.push(name);
      continue;
    }
    if (name !== base) archives++;
    if (gzip) compressed++;
    for (const line of linesOf(readFileSync(join(folder, name)))) {
      const message = messageOf(line);
      if (message === undefined) torn.push(line);
      else messages.set(message, (messages.get(message) ?? 0) + 1);
    }
  }
  return { messages, torn, archives, compressed, strange };
}

function linesOf(bytes: Buffer): string[] {
  const text = (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString();
  const [counts = ''] = text.split(SEAL, 1);
  // A line that has no end is torn even if it reads as one.
  const lines = counts.split('\n');
  const last = counts.length < text.length ? '' : lines.pop();
  return [...lines.filter((line) => line !== ''), ...(last ? [`${last} (without an end)`] : [])];
}

function messageOf(line: string): string | undefined {
  try {
    return (JSON.parse(line) as { message: string }).message;
  } catch {
    return undefined;
  }
}
