import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

const PATIENCE_MILLIS = 10_000;
const MERCY_MILLIS = 5_000;

/** A server program that a test has started. It ends with the test's process at the latest. */
export interface OwnProcess {
  readonly pid: number;
  stop(): Promise<void>;
}

/** What a server program is started with. */
export interface Program {
  readonly file: string;
  readonly args: readonly string[];
  /** Where it answers when it is ready. */
  readonly port: number;
  /** What to do where the program is not there. */
  readonly advice: string;
}

/** Starts a server program, and waits until its port takes connections. */
export async function startProgram({ file, args, port, advice }: Program): Promise<OwnProcess> {
  const child = spawn(file, [...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const told: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => told.push(String(text)));
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`it ended with ${code}`)));
  });
  failed.catch(() => undefined);
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const stop = async (): Promise<void> => {
    process.off('exit', kill);
    await end(child);
  };
  try {
    await Promise.race([failed, answers(port)]);
  } catch (error) {
    await stop();
    throw new Error(`'${file}' did not start (${String(error)}). ${advice}\n${told.slice(-10).join('')}`);
  }
  return { pid: child.pid ?? 0, stop };
}

/** Runs a program to its end, and gives what it printed. */
export async function runProgram(file: string, args: readonly string[], advice: string): Promise<string> {
  const child = spawn(file, [...args], { stdio: ['ignore', 'pipe', 'pipe'], timeout: 2 * PATIENCE_MILLIS });
  const told: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => told.push(String(text)));
  let code: unknown;
  try {
    [code] = await once(child, 'close');
  } catch (error) {
    throw new Error(`'${file}' did not start (${String(error)}). ${advice}`);
  }
  if (code !== 0) throw new Error(`'${file} ${args.join(' ')}' ended with ${code}:\n${told.join('')}`);
  return told.join('');
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill();
  const late = setTimeout(() => child.kill('SIGKILL'), MERCY_MILLIS);
  await exited;
  clearTimeout(late);
}

async function answers(port: number): Promise<void> {
  for (const until = Date.now() + PATIENCE_MILLIS; Date.now() < until; await pause(20)) {
    const connected = await new Promise<boolean>((resolve) => {
      const socket = connect({ host: '127.0.0.1', port }, () => resolve(true));
      socket.once('connect', () => socket.destroy());
      socket.once('error', () => resolve(false));
    });
    if (connected) return;
  }
  throw new Error(`it did not answer within ${PATIENCE_MILLIS} ms`);
}

/** A port of loopback that nobody has. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        address !== null && typeof address === 'object'
          ? resolve(address.port)
          : reject(new Error('no port')),
      );
    });
  });
}
