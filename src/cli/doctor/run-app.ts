import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { packageFolder } from '../files/package-folder.js';
import type { Facts, Order } from './facts.js';
import { isPackageManager, ORDER } from './facts.js';

/** The facts about an app, and how it ended. */
export interface Run {
  readonly facts: readonly Facts[];
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Whether the doctor stopped it, because it had seen enough. */
  readonly wasStopped: boolean;
}

const ENDING = ['SIGTERM', 'SIGHUP'] as const;

const POLL_MILLIS = 50;
/** How long the test signal may take after the time given to the app. */
const GRACE_MILLIS = 8_000;
/** How long the app may take to end after SIGTERM. */
const END_MILLIS = 5_000;

/** Runs an app with the preload until it ends or all its processes have written their facts. Rejects if it can not be started. */
export async function runApp(command: readonly string[], seconds: number): Promise<Run> {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-doctor-'));
  const order: Order = { folder, seconds };
  const [program = '', ...args] = command;
  const env = { ...process.env, NODE_OPTIONS: nodeOptions(), [ORDER]: JSON.stringify(order) };
  const child = spawn(program, args, { env, stdio: 'inherit', shell: process.platform === 'win32' });
  // A terminal sends Ctrl-C to the app too. The app ends, and the doctor after it.
  const stay = (): void => undefined;
  process.on('SIGINT', stay);
  // If the doctor itself gets SIGTERM or SIGHUP, it ends the app and prints what it has seen.
  let stop = (): void => undefined;
  const toldToEnd = new Promise<void>((resolve) => {
    stop = resolve;
  });
  for (const signal of ENDING) process.once(signal, stop);
  try {
    let ended: { readonly code: number | null; readonly signal: NodeJS.Signals | null } | undefined;
    const end = new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        ended = { code, signal };
        resolve();
      });
    });
    const told = allTold(order, () => ended !== undefined);
    await Promise.race([end, told, toldToEnd]);
    const wasStopped = ended === undefined;
    if (wasStopped) child.kill('SIGTERM');
    const patience = setTimeout(() => child.kill('SIGKILL'), END_MILLIS);
    await end;
    clearTimeout(patience);
    if (wasStopped) await endLeft(folder);
    await told;
    return { facts: await factsIn(folder), code: null, signal: null, ...ended, wasStopped };
  } finally {
    process.off('SIGINT', stay);
    for (const signal of ENDING) process.off(signal, stop);
    await rm(folder, { recursive: true, force: true });
  }
}

// Paths in NODE_OPTIONS are quoted like JSON strings.
function nodeOptions(): string {
  const preload = join(packageFolder(), 'dist/cli/preload.cjs');
  if (!existsSync(preload)) throw new Error(`the package is not complete: ${preload} is missing`);
  const given = process.env.NODE_OPTIONS;
  return `--require ${JSON.stringify(preload)}${given ? ` ${given}` : ''}`;
}

async function allTold({ folder, seconds }: Order, hasEnded: () => boolean): Promise<void> {
  const until = performance.now() + seconds * 1_000 + GRACE_MILLIS;
  while (!hasEnded() && performance.now() < until) {
    const names = await readdir(folder);
    const begun = names.filter((name) => name.endsWith('.begun'));
    // A process that writes its facts at its end counts as open until it has ended.
    const open = begun.filter((name) => {
      const pid = name.slice(0, -'.begun'.length);
      return !names.includes(`${pid}.running`) && isAlive(Number(pid));
    });
    // A package manager starts the app, and on a slow machine it may do so later than its own facts are written.
    if (begun.length > 0 && open.length === 0 && !(await factsIn(folder)).every(isPackageManager)) return;
    await pause(POLL_MILLIS);
  }
}

/** Ends the remaining processes of the app: a shell, such as that of `npm start`, does not pass signals on. */
async function endLeft(folder: string): Promise<void> {
  const until = performance.now() + END_MILLIS;
  const told = new Set<number>();
  for (;;) {
    // Read again each time: a process may begin while others end.
    for (const name of await readdir(folder)) {
      const pid = Number.parseInt(name, 10);
      if (!name.endsWith('.begun') || told.has(pid)) continue;
      told.add(pid);
      tryKill(pid, 'SIGTERM');
    }
    if (![...told].some(isAlive) || performance.now() >= until) break;
    await pause(POLL_MILLIS);
  }
  for (const pid of told) tryKill(pid, 'SIGKILL');
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

async function factsIn(folder: string): Promise<Facts[]> {
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
