import { AsyncLocalStorage } from 'node:async_hooks';
import { PGlite } from '@electric-sql/pglite';
import { fromPglite } from 'pg-boss';
import type { Database } from './database.js';
import type { Address } from './stored-engine.js';

/** Stands for a PostgreSQL within the process that connects to it: no other reaches it. */
export const PGLITE: Address = { url: 'pglite:', namespace: 'pgboss' };

export async function openPglite(): Promise<Database> {
  const pglite = await PGlite.create();
  const inner = fromPglite(pglite);
  const isAlone = new AsyncLocalStorage<true>();
  let turn: Promise<unknown> = Promise.resolve();
  const db: typeof inner = {
    ...inner,
    executeSql: async (text, values) => {
      if (!isAlone.getStore()) await turn;
      return inner.executeSql(text, values);
    },
  };
  /** Runs this while the statements of all others wait. */
  function alone<T>(run: () => Promise<T>): Promise<T> {
    const done = turn.then(() => isAlone.run(true, run));
    turn = done.catch(() => undefined);
    return done;
  }
  return {
    options: { db, backend: 'pglite' },
    whileItWaits: (queue, id, run) =>
      alone(async () => {
        const { rows } = await inner.executeSql(
          "select 1 from pgboss.job where name = $1 and id = $2 and state = 'created'",
          [queue, id],
        );
        if (rows.length === 1) await run();
        return rows.length === 1;
      }),
    close: () => pglite.close(),
  };
}
