import type { PgBoss } from 'pg-boss';
import type { Core } from '../../core.js';
import type { Carrier } from '../../jobs/carrier.js';
import { numberOf } from '../../jobs/given.js';
import type { Depth } from '../../jobs/monitor.js';

/** What the table tells of one job. Never its data or output. */
export interface JobRow {
  readonly id: string;
  readonly state: string;
  readonly attempts: number | undefined;
  /** Milliseconds since it could (last) have run; negative while that is ahead. */
  readonly runnableFor: number | undefined;
  readonly retriesLeft?: number | undefined;
  readonly carrier?: Carrier | undefined;
}

/** A job that the supervisor failed for good. */
export interface ExpiredRow extends JobRow {
  readonly why: string;
}

/** A job that came out of a dead letter queue. */
export interface RedrivenRow extends JobRow {
  readonly queue: string;
}

/** How a queue stands. */
export interface Standing {
  readonly depth: Depth;
  readonly oldestAgeMillis: number;
}

/** The outputs that the supervisor writes, and nobody else. */
export const EXPIRED: readonly string[] = ['job timed out', 'job heartbeat timeout'];

/** Rows are read by so many at once, and not more than so many for one command. */
const LIMIT = 1000;
const MOST = 10_000;

type Row = Readonly<Record<string, unknown>>;

// The row as JSON: `trace_context` is a column only from 12.38 on, and naming it would fail before.
const COLUMNS = `j.id, j.state::text AS state,
  j.retry_count + (CASE WHEN j.started_on IS NULL THEN 0 ELSE 1 END) AS attempts,
  extract(epoch FROM now() - greatest(j.created_on, j.start_after)) * 1000 AS runnable_for,
  j.retry_limit - j.retry_count AS retries_left,
  to_jsonb(j) -> 'trace_context' AS carrier`;

/** What only pg-boss's table of jobs tells, read through `boss.getDb()`. What can not be read is reported, and left out. */
export class JobTable {
  readonly #boss: PgBoss;
  readonly #core: Core;
  readonly #schema: string;
  readonly #tables = new Map<string, string>();
  #blocked = true;

  constructor(boss: PgBoss, core: Core, schema: string) {
    this.#boss = boss;
    this.#core = core;
    this.#schema = schema;
  }

  /** Jobs by their ids, of many the first ones; none where that can not be read. */
  async find(queue: string, ids: readonly string[]): Promise<readonly JobRow[]> {
    if (ids.length > MOST) this.#tooMany();
    return this.#quietly(() => this.#byId(queue, ids.slice(0, MOST)));
  }

  /** Those of the rows whose jobs are no longer there. Rejects where that can not be read: it must not be taken for an empty table. */
  async gone(queue: string, rows: readonly JobRow[]): Promise<readonly JobRow[]> {
    const ids = rows.map(({ id }) => id);
    const left = new Set((await this.#byId(queue, ids)).map(({ id }) => id));
    return rows.filter(({ id }) => !left.has(id));
  }

  /** A queue's jobs that have not ended, with those that run or without; of many some, none where that can not be read. */
  async live(queue: string, which: 'queued' | 'all'): Promise<readonly JobRow[]> {
    return this.#quietly(async () => {
      const sql = `SELECT ${COLUMNS} FROM ${await this.#table(queue)} j
        WHERE j.name = $1 AND j.state < '${which === 'queued' ? 'active' : 'completed'}' AND ($2::uuid IS NULL OR j.id > $2::uuid)
        ORDER BY j.id LIMIT ${LIMIT}`;
      const found: JobRow[] = [];
      for (;;) {
        const rows = (await this.#rows(sql, [queue, found.at(-1)?.id ?? null])).map(rowOf);
        if (rows.length > 0 && found.length >= MOST) {
          this.#tooMany();
          return found;
        }
        found.push(...rows);
        if (rows.length < LIMIT) return found;
      }
    });
  }

  /**
   * The jobs that a redrive put into a queue, or into any, since a moment of the database's clock. Rejects where it can not be read. They
   * are told from the copies in a dead letter queue, and from all that were sent, by what is known of their source.
   */
  async redriven(since: number, destination: string | undefined): Promise<readonly RedrivenRow[]> {
    const sql = `SELECT ${COLUMNS}, j.name AS queue FROM ${this.#schema}.queue q CROSS JOIN LATERAL (
        SELECT * FROM ${this.#schema}.job s WHERE s.name = q.name AND s.created_on >= to_timestamp($1::float8 / 1000)
          AND s.source_root_id IS NOT NULL AND s.source_id IS NULL
      ) j WHERE $2::text IS NULL OR q.name = $2::text ORDER BY j.created_on, j.id LIMIT ${MOST}`;
    const rows = await this.#rows(sql, [since, destination ?? null]);
    return rows.map((row) => ({ ...rowOf(row), queue: String(row.queue) }));
  }

  /** What was read of a queue that is no longer there is forgotten: another one may get its name. */
  forget(queue: string): void {
    this.#tables.delete(queue);
  }

  /** Rejects where it can not be read. */
  async standing(queue: string): Promise<Standing> {
    const table = await this.#table(queue);
    const [row] = await this.#rows(standingSql(table, this.#blocked), [queue]).catch((error: unknown) => {
      // Flows came with 12.x: before them no job is blocked.
      if ((error as { code?: unknown } | null)?.code !== '42703') throw error;
      this.#blocked = false;
      return this.#rows(standingSql(table, false), [queue]);
    });
    const { waiting, delayed, blocked, active, oldest } = row ?? {};
    return {
      depth: {
        waiting: toNumber(waiting) ?? 0,
        delayed: toNumber(delayed),
        active: toNumber(active),
        ...(this.#blocked ? { blocked: toNumber(blocked) } : {}),
      },
      oldestAgeMillis: Math.max(0, toNumber(oldest) ?? 0),
    };
  }

  /** Jobs that the supervisor failed for good since a moment of the database's clock, and that clock now. */
  async expired(
    queue: string,
    since: number,
  ): Promise<{ readonly now: number; readonly rows: readonly ExpiredRow[] }> {
    const sql = `SELECT ${COLUMNS}, j.output -> 'value' ->> 'message' AS why FROM ${await this.#table(queue)} j
      WHERE j.name = $1 AND j.state = 'failed' AND j.completed_on >= to_timestamp($2::float8 / 1000)
        AND j.output -> 'value' ->> 'message' = ANY($3::text[])
      ORDER BY j.completed_on, j.id`;
    const now = await this.now();
    const rows = await this.#rows(sql, [queue, since, EXPIRED]);
    return { now, rows: rows.map((row) => ({ ...rowOf(row), why: String(row.why) })) };
  }

  /** The database's clock, in epoch milliseconds. */
  async now(): Promise<number> {
    const [row] = await this.#rows('SELECT extract(epoch FROM now()) * 1000 AS now', []);
    return toNumber(row?.now) ?? Date.now();
  }

  async #byId(queue: string, ids: readonly string[]): Promise<readonly JobRow[]> {
    const sql = `SELECT ${COLUMNS} FROM ${await this.#table(queue)} j WHERE j.name = $1 AND j.id = ANY($2::uuid[])`;
    const found: JobRow[] = [];
    for (let from = 0; from < ids.length; from += LIMIT)
      found.push(...(await this.#rows(sql, [queue, ids.slice(from, from + LIMIT)])).map(rowOf));
    return found;
  }

  #tooMany(): void {
    this.#core.report(
      'pg-boss:many',
      `a command was about more than ${MOST} jobs: of the rest nothing, or less, is told`,
    );
  }

  async #quietly(read: () => Promise<readonly JobRow[]>): Promise<readonly JobRow[]> {
    try {
      return await read();
    } catch (error) {
      this.#core.report('pg-boss:table', 'the table of jobs could not be read: signals lack details', error);
      return [];
    }
  }

  async #rows(sql: string, values: readonly unknown[]): Promise<readonly Row[]> {
    const { rows } = await this.#boss.getDb().executeSql(sql, [...values]);
    return rows as readonly Row[];
  }

  async #table(queue: string): Promise<string> {
    let table = this.#tables.get(queue);
    if (table === undefined) {
      table = `${this.#schema}.${(await this.#boss.getQueue(queue))?.table ?? 'job'}`;
      this.#tables.set(queue, table);
    }
    return table;
  }
}

/** How long a job still waits until it can run, in milliseconds, where that is known. */
export function delayOf({ runnableFor }: JobRow): number | undefined {
  return runnableFor === undefined ? undefined : Math.max(0, -runnableFor);
}

function standingSql(table: string, blocked: boolean): string {
  const free = blocked ? 'NOT j.blocked' : 'true';
  const ready = `j.state < 'active' AND ${free} AND j.start_after <= now()`;
  return `SELECT count(*) FILTER (WHERE ${ready}) AS waiting,
      count(*) FILTER (WHERE j.state < 'active' AND ${free} AND j.start_after > now()) AS delayed,
      count(*) FILTER (WHERE j.state < 'active' AND NOT (${free})) AS blocked,
      count(*) FILTER (WHERE j.state = 'active') AS active,
      extract(epoch FROM now() - min(greatest(j.created_on, j.start_after)) FILTER (WHERE ${ready})) * 1000 AS oldest
    FROM ${table} j WHERE j.name = $1 AND j.state < 'completed'`;
}

function rowOf(row: Row): JobRow {
  return {
    id: String(row.id),
    state: String(row.state),
    attempts: toNumber(row.attempts),
    runnableFor: toNumber(row.runnable_for),
    retriesLeft: toNumber(row.retries_left),
    carrier: carrierOf(row.carrier),
  };
}

function carrierOf(given: unknown): Carrier | undefined {
  // A database adapter may hand JSON out as text.
  const carrier: unknown = typeof given === 'string' ? JSON.parse(given) : given;
  return typeof carrier === 'object' && carrier !== null ? (carrier as Carrier) : undefined;
}

// Counts are bigint, which drivers hand out as text.
function toNumber(given: unknown): number | undefined {
  return numberOf(typeof given === 'string' || typeof given === 'bigint' ? Number(given) : given);
}
