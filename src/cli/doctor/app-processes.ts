import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Facts, Order } from './facts.js';
import { isPackageManager } from './facts.js';

const POLL_MILLIS = 50;
/** How long the test signal may take after the time given to the app. */
const GRACE_MILLIS = 8_000;
/** How long a process may take to end after SIGTERM. */
export const END_MILLIS = 5_000;
/** How long no process may have been there: Node.js takes a moment to load the preload into a process that was just started. */
const QUIET_MILLIS = 500;

/** What waiting takes: the time, and a way to let it pass. */
export interface Waiting {
  now(): number;
  pause(millis: number): Promise<unknown>;
}

const REAL: Waiting = { now: () => performance.now(), pause };

/** Waits until all processes of the app have written their facts, but not for ever. */
export async function allTold(
  { folder, seconds }: Order,
  hasEnded: () => boolean,
  { now, pause }: Waiting = REAL,
): Promise<void> {
  const patience = seconds * 1_000 + GRACE_MILLIS;
  let until = now() + patience;
  let app: 'expected' | 'came' | undefined;
  while (!hasEnded() && now() < until) {
    const names = await readdir(folder);
    const begun = names.filter((name) => name.endsWith('.begun'));
    // A process that writes its facts at its end counts as open until it has ended.
    const open = begun.filter((name) => {
      const pid = name.slice(0, -'.begun'.length);
      return !names.includes(`${pid}.running`) && isAlive(Number(pid));
    });
    if (begun.length > 0 && open.length === 0) {
      // A package manager starts the app, and on a slow machine it does so after it has written its own facts.
      const facts = await factsIn(folder);
      if (facts.length === 0 || !facts.every(isPackageManager)) return;
      app ??= 'expected';
    } else if (app === 'expected') {
      app = 'came';
      // The app has its whole time from its own start.
      until = now() + patience;
    }
    await pause(POLL_MILLIS);
  }
}

/** Ends the remaining processes of the app: a shell, such as that of `npm start`, does not pass signals on. */
export async function endLeft(folder: string, { now, pause }: Waiting = REAL): Promise<void> {
  const until = now() + END_MILLIS;
  const signalled = new Set<number>();
  let quietSince = now();
  while (now() < until && now() - quietSince < QUIET_MILLIS) {
    // Read again each time: a process may begin while others end.
    for (const name of await readdir(folder)) {
      const pid = Number.parseInt(name, 10);
      if (!name.endsWith('.begun') || signalled.has(pid)) continue;
      signalled.add(pid);
      tryKill(pid, 'SIGTERM');
    }
    if ([...signalled].some(isAlive)) quietSince = now();
    await pause(POLL_MILLIS);
  }
  for (const pid of signalled) tryKill(pid, 'SIGKILL');
}

/** The facts that were written so far. */
export async function factsIn(folder: string): Promise<Facts[]> {
  const names = (await readdir(folder)).filter((name) => !name.endsWith('.begun')).sort();
  const found: Facts[] = [];
  for (const name of names) {
    try {
      found.push(JSON.parse(await readFile(join(folder, name), 'utf8')) as Facts);
    } catch {
      // The process was ended while it wrote the file.
    }
  }
  return found;
}

function tryKill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // The process has ended already.
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
