import type { WorkerUtils } from 'graphile-worker';
import { SignalboxError, shown } from '../../signal/signalbox-error.js';
import { checkUtils } from './engine-version.js';

/** Something that asks the database: a `pg` pool or client. */
export interface Queryable {
  query(text: string, values: unknown[]): Promise<{ rows: unknown[] }>;
}

/** Where jobs are looked at: a `pg` pool or client, or graphile-worker's own utils. */
export type JobsSource = Queryable | Pick<WorkerUtils, 'withPgClient'>;

export type Row = Readonly<Record<string, unknown>>;

/** Asks the public view of a schema's jobs, or their table. `sql` gets its name. */
export type AskJobs = (sql: (jobs: string) => string, values: unknown[]) => Promise<readonly Row[]>;

export function jobsOf(source: JobsSource, schema: string): AskJobs {
  return asking(source, schema, 'jobs');
}

/** The same of the engine's own table, which alone has the payloads: what it is called is the engine's to change. */
export function ownJobsOf(source: JobsSource, schema: string): AskJobs {
  return asking(source, schema, '_private_jobs');
}

/** The same of when each item of the crontabs was executed last. */
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

/** What pg says once its pool or client was ended; graphile-worker's own utils go by it too. */
const ENDED = /^(?:Cannot use a pool after calling end on the pool|Client was closed and is not queryable)$/;

/** Whether a source was closed by who has it: by what it says of itself, or by what a look at it threw. */
export function isClosed(source: JobsSource, error?: unknown): boolean {
  const { ending, ended } = source as { readonly ending?: unknown; readonly ended?: unknown };
  if (ending === true || ended === true) return true;
  const { message } = (error ?? {}) as { readonly message?: unknown };
  return typeof message === 'string' && ENDED.test(message);
}
