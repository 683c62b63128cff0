import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageFolder } from '../files/package-folder.js';
import { allTold, END_MILLIS, endLeft, factsIn } from './app-processes.js';
import type { Facts, Order } from './facts.js';
import { ORDER } from './facts.js';

/** The facts about an app, and how it ended. */
export interface Run {
  readonly facts: readonly Facts[];
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Whether the doctor stopped it, because it had seen enough. */
  readonly wasStopped: boolean;
}

const ENDING = ['SIGTERM', 'SIGHUP'] as const;

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
