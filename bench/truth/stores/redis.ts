import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from '../../../test/e2e/stack/ports.js';
import { ServerProcess } from './server-process.js';
import type { StoreServer } from './store.js';

const PATIENCE_MILLIS = 20_000;

/** A redis-server that has written each command before it answers, and needs no more than that to be as it was. */
export async function startRedisServer(): Promise<StoreServer> {
  const program = process.env.REDIS_SERVER ?? 'redis-server';
  const [port, directory] = [await freePort(), await mkdtemp(join(tmpdir(), 'signalbox-truth-redis-'))];
  const url = `redis://127.0.0.1:${port}`;
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory, '--save', ''];
  args.push('--appendonly', 'yes', '--appendfsync', 'always');
  const server = new ServerProcess(program, args);
  const start = (): Promise<void> => server.start(() => answers(url));
  await start();
  return {
    url,
    version: /v=(\S+)/.exec(execFileSync(program, ['--version'], { encoding: 'utf8' }))?.[1] ?? 'unknown',
    crash: () => server.end('SIGKILL'),
    start,
    stop: async () => {
      await server.end('SIGKILL');
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function answers(url: string): Promise<void> {
  // While it reads its file it answers LOADING.
  for (const until = Date.now() + PATIENCE_MILLIS; Date.now() < until; ) {
    const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.ping();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    } finally {
      client.disconnect();
    }
  }
  throw new Error(`redis-server did not answer at ${url} within ${PATIENCE_MILLIS / 1000} s`);
}
