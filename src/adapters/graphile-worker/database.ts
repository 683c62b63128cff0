import type { WorkerUtils } from 'graphile-worker';
import { SignalboxError, shown } from '../../signal/signalbox-error.js';
import { checkUtils } from './engine-version.js';

/** What can ask the database: a `pg` pool or client. */
export interface Queryable {
  query(text: string, values: unknown[]): Promise<{ rows: unknown[] }>;
}

/** What signalbox asks for jobs: a `pg` pool or client, or graphile-worker's own utils. */
export type JobsSource = Queryable | Pick<WorkerUtils, 'withPgClient'>;

export type Row = Readonly<Record<string, unknown>>;

/** Asks the public view of a schema's jobs, or their table. `sql` gets its name. */
export type AskJobs = (sql: (jobs: string) => string, values: unknown[]) => Promise<readonly Row[]>;

export function jobsOf(source: JobsSource, schema: string): AskJobs {
  return asking(source, schema, 'jobs');
}

/** The same for the engine's own table, which alone has the payloads. The engine may change its name. */
export function ownJobsOf(source: JobsSource, schema: string): AskJobs {
  return asking(source, schema, '_private_jobs');
}

/** The same for the table that says when each item of the crontabs was last executed. */
export function crontabsOf(source: JobsSource, schema: string): AskJobs {
  return asking(source, schema, '_private_known_crontabs');
}

function asking(source: JobsSource, schema: string, relation: string): AskJobs {
  const name = `"${schema.replaceAll('"', '""')}".${relation}`;
  return async (sql, values) => {
    const text = sql(name);
    const { rows } =
      'withPgClient' in source
        ? await source.withPgClient((client) => client.query(text, values))
        : await source.query(text, values);
    return rows as readonly Row[];
  };
}

export function checkSource(where: string, source: unknown): JobsSource {
  const given = source as Partial<Queryable & Pick<WorkerUtils, 'withPgClient'>> | null | undefined;
  if (typeof given?.withPgClient === 'function' || typeof given?.query === 'function') {
    checkUtils(`${where}: its utils`, given);
    return given as JobsSource;
  }
  throw new SignalboxError(
    `${where}: the source is ${shown(source)}. Give a pg pool or client, or what makeWorkerUtils returned.`,
  );
}

/** What pg throws once its pool or client has ended. graphile-worker's own utils throw the same. */
const ENDED = /^(?:Cannot use a pool after calling end on the pool|Client was closed and is not queryable)$/;

/** Whether its owner has closed a source: by the source's own fields, or by what a query of it threw. */
export function isClosed(source: JobsSource, error?: unknown): boolean {
  const { ending, ended } = source as { readonly ending?: unknown; readonly ended?: unknown };
  if (ending === true || ended === true) return true;
  const { message } = (error ?? {}) as { readonly message?: unknown };
  return typeof message === 'string' && ENDED.test(message);
}
