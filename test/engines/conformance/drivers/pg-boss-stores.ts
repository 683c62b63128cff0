import { PGlite } from '@electric-sql/pglite';
import type { ConstructorOptions } from 'pg-boss';
import { fromPglite } from 'pg-boss';
import type { Postgres } from '../../support/postgres.js';
import { startPostgres } from '../../support/postgres.js';

/** The databases that a driver's bosses work on. */
export interface PgBossStores {
  /** Where one process works on it, its own PGlite may do: then it has no address. */
  readonly lone: () => Promise<PgBossStore>;
  /** Where several processes work on it. */
  readonly shared: () => Promise<PgBossStore>;
  readonly stop: () => Promise<void>;
}

export interface PgBossStore {
  readonly address: string;
  readonly options: ConstructorOptions;
}

/** A PGlite, and a server where several processes take part. */
export function pgliteStores(): PgBossStores {
  let pglite: Promise<PGlite> | undefined;
  const server = serverStores('each');
  return {
    lone: async () => {
      pglite ??= PGlite.create();
      return { address: '', options: { db: fromPglite(await pglite), backend: 'pglite' } };
    },
    shared: server.shared,
    stop: async () => {
      await (await pglite)?.close();
      await server.stop();
    },
  };
}

/** A PostgreSQL server, with one database for all scenarios or a new one for each. */
export function serverStores(
  databases: 'one' | 'each',
  start: () => Promise<Postgres> = startPostgres,
): PgBossStores {
  let server: Promise<Postgres> | undefined;
  let only: Promise<string> | undefined;
  const database = async (): Promise<PgBossStore> => {
    server ??= start();
    const make = async (): Promise<string> => (await (server as Promise<Postgres>)).database();
    if (databases === 'each') return storeAt(await make());
    only ??= make();
    return storeAt(await only);
  };
  return { lone: database, shared: database, stop: async () => (await server)?.stop() };
}

export function storeAt(address: string): PgBossStore {
  return { address, options: { connectionString: address, max: 4 } };
}
