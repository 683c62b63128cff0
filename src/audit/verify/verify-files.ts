import { createReadStream, existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { headPath, lockPath } from '../file-names.js';
import { realFiles } from '../file-system.js';
import { WriterLock } from '../writer-lock.js';
import type { Keys } from './file-check.js';
import { FileCheck } from './file-check.js';
import type { FoundHead } from './heads.js';
import { foundHead } from './heads.js';
import type { Anchors, Verdict } from './verdict.js';
import { verdictOf } from './verdict.js';

const CHUNK_BYTES = 256 * 1024;
/** A head file is smaller: of a larger one, more than that says so. */
const HEAD_BYTES = 64 * 1024;

/** Reads the files of one trail or of several, in whatever order, and says what is wrong with them. Throws what the disk says. */
export async function verifyFiles(paths: readonly string[], keys: Keys, anchors: Anchors): Promise<Verdict> {
  const heads = new Map<string, FoundHead | { readonly place: undefined; readonly why: string }>();
  for (const path of paths) {
    const bytes = await headBytes(headPath(path));
    if (bytes) heads.set(path, foundHead(bytes, keys));
  }
  const wanted = new Set([anchors.expected?.seq ?? 0]);
  for (const { place } of heads.values()) if (place) wanted.add(place.seq);
  const checks: FileCheck[] = [];
  for (const path of paths) checks.push(await checkOf(path, keys, wanted, heads.has(path)));
  const written = new Set(paths.filter((path) => new WriterLock(realFiles, lockPath(path)).holder()));
  return verdictOf(checks, heads, anchors, written);
}

async function checkOf(
  path: string,
  keys: Keys,
  wanted: ReadonlySet<number>,
  hasHead: boolean,
): Promise<FileCheck> {
  const check = new FileCheck(path, keys, wanted);
  // Put aside as full, and nothing has been written since: as if it were there and empty.
  if (hasHead && !existsSync(path)) return check;
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  const stream = path.endsWith('.gz') ? file.pipe(createGunzip()) : file;
  if (stream !== file) file.on('error', (error) => stream.destroy(error));
  for await (const bytes of stream) {
    check.push(bytes as Buffer);
    if (check.problem) break;
  }
  check.end();
  file.destroy();
  return check;
}

async function headBytes(path: string): Promise<Buffer | undefined> {
  try {
    const { size } = await stat(path);
    return size > HEAD_BYTES ? Buffer.alloc(0) : await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
