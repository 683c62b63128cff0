import { AsyncLocalStorage } from 'node:async_hooks';
import { PGlite } from '@electric-sql/pglite';
import { fromPglite } from 'pg-boss';

/** PostgreSQL within this process, as pg-boss wants it. */
export interface Database {
  readonly db: ReturnType<typeof fromPglite>;
  /** Runs this while the statements of all others wait. */
  alone<T>(run: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export async function openDatabase(): Promise<Database> {
  const pglite = await PGlite.create();
  const inner = fromPglite(pglite);
  const isAlone = new AsyncLocalStorage<true>();
  let turn: Promise<unknown> = Promise.resolve();
  return {
    db: {
      ...inner,
      executeSql: async (text, values) => {
        if (!isAlone.getStore()) await turn;
        return inner.executeSql(text, values);
      },
    },
    alone: (run) => {
      const done = turn.then(() => isAlone.run(true, run));
      turn = done.catch(() => undefined);
      return done;
    },
    close: () => pglite.close(),
  };
}
