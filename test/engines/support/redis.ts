import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** A Redis server for tests. */
export interface Redis {
  readonly url: string;
  readonly connection: { readonly host: string; readonly port: number };
  /** Stops the server where it was started here. */
  stop(): Promise<void>;
}

const PATIENCE_MILLIS = 10_000;

/**
 * The server that REDIS_URL names, else one of its own on a free loopback port, which keeps nothing on disk: the program that
 * REDIS_SERVER names, or `redis-server` of the PATH. Each test should take a queue name of its own.
 */
export async function startRedis(): Promise<Redis> {
  const given = process.env.REDIS_URL;
  if (given) return redisAt(given, async () => undefined);
  const program = process.env.REDIS_SERVER ?? 'redis-server';
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-redis-'));
  const args = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
    '--dir',
    folder,
  ];
  const server = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const told: string[] = [];
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (text) => told.push(String(text)));
  try {
    await answers(server, port);
  } catch (error) {
    server.kill();
    await rm(folder, { recursive: true, force: true });
    throw new Error(
      `No Redis for the tests: '${program}' did not start (${String(error)}). Install redis-server (Debian: apt-get install redis-server), give its path in REDIS_SERVER, or give REDIS_URL of one that runs.\n${told.slice(-10).join('')}`,
    );
  }
  // The tests end it; where they can not, it ends with them.
  const kill = (): void => void server.kill('SIGKILL');
  process.once('exit', kill);
  return redisAt(`redis://127.0.0.1:${port}`, async () => {
    process.off('exit', kill);
    if (server.exitCode === null) {
      server.kill();
      await once(server, 'exit');
    }
    await rm(folder, { recursive: true, force: true });
  });
}

function redisAt(url: string, stop: () => Promise<void>): Redis {
  const { hostname, port } = new URL(url);
  return { url, connection: { host: hostname, port: Number(port || 6379) }, stop };
}

async function answers(server: ChildProcess, port: number): Promise<void> {
  const failed = new Promise<never>((_, reject) => {
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`it ended with ${code}`)));
  });
  failed.catch(() => undefined);
  for (const until = Date.now() + PATIENCE_MILLIS; Date.now() < until; ) {
    if (await Promise.race([failed, ping(port)])) return;
    await pause(20);
  }
  throw new Error(`it did not answer within ${PATIENCE_MILLIS} ms`);
}

function ping(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => socket.write('PING\r\n'));
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('data', (text) => end(String(text).startsWith('+PONG')));
    socket.once('error', () => end(false));
  });
}

function freePort(): Promise<number> {
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
