import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort, startProgram } from '../support/own-process.js';
import type { Postgres } from '../support/postgres.js';
import { startPostgres } from '../support/postgres.js';

/** When a connection of the server goes back to the pool: after each transaction, or when the client goes. */
export type Pooling = 'transaction' | 'session';

interface PgBouncer {
  /** The way to a database through it. */
  through(url: string): string;
  stop(): Promise<void>;
}

/**
 * PgBouncer in front of the server of that connection string, for all of its databases: the program that PGBOUNCER names, or `pgbouncer`
 * of the PATH.
 */
async function startPgBouncer(server: string, pooling: Pooling): Promise<PgBouncer> {
  const { hostname, port, username, password } = new URL(server);
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-pgbouncer-'));
  const own = await freePort();
  const file = join(folder, 'pgbouncer.ini');
  // It does not run as root: it becomes the user that runs PostgreSQL here, who has to come by.
  await chmod(folder, 0o755);
  await writeFile(
    file,
    [
      '[databases]',
      `* = host=${hostname} port=${port} user=${username} password=${password}`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${own}`,
      'unix_socket_dir =',
      'auth_type = any',
      `pool_mode = ${pooling}`,
      'max_client_conn = 400',
      'default_pool_size = 60',
      'ignore_startup_parameters = extra_float_digits',
      ...(userInfo().uid === 0 ? ['user = postgres'] : []),
      '',
    ].join('\n'),
    { mode: 0o644 },
  );
  const clean = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const bouncer = await startProgram({
      file: process.env.PGBOUNCER ?? 'pgbouncer',
      args: [file],
      port: own,
      advice: 'Install it (Debian: apt-get install pgbouncer), or give its path in PGBOUNCER.',
    });
    return {
      through: (url) => {
        const way = new URL(url);
        way.host = `127.0.0.1:${own}`;
        return way.href;
      },
      stop: async () => {
        await bouncer.stop();
        await clean();
      },
    };
  } catch (error) {
    await clean();
    throw error;
  }
}

/** A PostgreSQL server and one PgBouncer of each kind in front of it. */
export interface BouncedPostgres {
  readonly database: Postgres['database'];
  through(pooling: Pooling, url: string): string;
  stop(): Promise<void>;
}

export async function startBouncedPostgres(poolings: readonly Pooling[]): Promise<BouncedPostgres> {
  const postgres = await startPostgres();
  const bouncers = new Map<Pooling, PgBouncer>();
  const stop = async (): Promise<void> => {
    for (const bouncer of bouncers.values()) await bouncer.stop();
    await postgres.stop();
  };
  try {
    const url = await postgres.database();
    for (const pooling of poolings) bouncers.set(pooling, await startPgBouncer(url, pooling));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    database: postgres.database,
    through: (pooling, url) => {
      const bouncer = bouncers.get(pooling);
      if (!bouncer) throw new Error(`There is no PgBouncer that pools by ${pooling}.`);
      return bouncer.through(url);
    },
    stop,
  };
}
