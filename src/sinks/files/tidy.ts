import { lstat, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Archive, HalfWritten } from './archives.js';
import { archivesOf } from './archives.js';
import { compress, isWriting } from './compress.js';
import { syncFolder } from './folder.js';

/**
 * Milliseconds that an archive rests before it is compressed, until nobody writes to it any more. Later lines would have to be written
 * again.
 */
export const REST_MILLIS = 1000;
/** A partly compressed file that has not grown for so long is given up: its process stands still, or runs on another machine. */
const STALE_MILLIS = 60_000;

/** How archives are treated. */
export interface TidyOptions {
  /** Maximum number of archives. */
  readonly keep: number;
  readonly gzip: boolean;
  /** Whether the changes are synced to the disk. */
  readonly sync: boolean;
}

/**
 * Removes the oldest archives and the partly compressed files of processes that died, and compresses the other archives. Returns
 * whether some still rest.
 */
export async function tidy(path: string, { keep, gzip, sync }: TidyOptions): Promise<boolean> {
  const { files, halfWritten } = await archivesOf(path);
  const busy = new Set<number>();
  for (const half of halfWritten) {
    if (await isBeingWritten(half)) busy.add(half.number);
    else await remove(half.path);
  }
  const oldest = await oldestKept(files, keep);
  for (const { path: old, number } of files) if (number < oldest) await remove(old);
  let resting = false;
  for (const archive of files) {
    if (!gzip || archive.gzip || archive.number < oldest || busy.has(archive.number)) continue;
    if (await isResting(archive)) resting = true;
    else await compress(archive.path).catch(unlessMissing);
  }
  if (sync) await syncFolder(dirname(path));
  return resting;
}

/**
 * The number of the oldest archive that stays. Empty ones do not count: they are claims of processes that are about to rotate, or that
 * died then.
 */
async function oldestKept(files: readonly Archive[], keep: number): Promise<number> {
  let oldest = Number.POSITIVE_INFINITY;
  let kept = 0;
  for (const { path, number } of keep === Number.POSITIVE_INFINITY ? [] : [...files].reverse()) {
    if (number === oldest || ((await lstat(path).catch(unlessMissing))?.size ?? 0) === 0) continue;
    oldest = number;
    if (++kept === keep) return oldest;
  }
  return 0;
}

/** Whether an archive still rests. Its inode last changed when it was renamed, or when somebody wrote to it after that. */
async function isResting({ path }: Archive): Promise<boolean> {
  const found = await lstat(path).catch(unlessMissing);
  return found !== undefined && found.size > 0 && Math.abs(Date.now() - found.ctimeMs) < REST_MILLIS;
}

async function isBeingWritten({ path, pid }: HalfWritten): Promise<boolean> {
  if (pid === process.pid ? !isWriting(path) : !isAlive(pid)) return false;
  const found = await stat(path).catch(unlessMissing);
  return found !== undefined && Math.abs(Date.now() - found.mtimeMs) < STALE_MILLIS;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function remove(path: string): Promise<void> {
  await unlink(path).catch(unlessMissing);
}

/** Another process may have done it already. */
function unlessMissing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
