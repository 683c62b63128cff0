import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { NoEngine } from './engine.js';
import { freePort } from './free-port.js';

/** A Redis server, running. */
export interface RunningRedis {
  readonly url: string;
  /** In a sentence for a person. */
  readonly where: string;
  /** Ends it where it was started here. */
  stop(): Promise<void>;
}

const START_MILLIS = 10_000;

/**
 * The server that REDIS_URL names, else a `redis-server` of this machine on a free loopback port, which keeps nothing on disk.
 *
 * @throws {NoEngine} Where there is none.
 */
export async function startRedis(): Promise<RunningRedis> {
  const given = process.env.REDIS_URL;
  if (given) return { url: given, where: 'the Redis of REDIS_URL', stop: async () => undefined };
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'job-queue-redis-'));
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const server = spawn('redis-server', [...args, '--dir', folder], { stdio: 'ignore' });
  const over = new Promise<true>((resolve) => {
    server.once('error', () => resolve(true));
    server.once('exit', () => resolve(true));
  });
  process.once('exit', () => server.kill('SIGKILL'));
  for (const until = Date.now() + START_MILLIS; !(await answers(port)); ) {
    if (Date.now() > until || (await Promise.race([over, wait(20, false)])))
      throw new NoEngine(
        '--engine bullmq needs a Redis: install redis-server (Debian: apt-get install redis-server), or give REDIS_URL of one that runs.',
      );
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    where: `a redis-server of its own`,
    stop: async () => {
      const gone = once(server, 'exit');
      server.kill();
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const end = (yes: boolean): void => {
      socket.destroy();
      resolve(yes);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}
