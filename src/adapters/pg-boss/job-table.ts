import type { PgBoss } from 'pg-boss';
import type { Core } from '../../box/core.js';
import type { Carrier } from '../../jobs/carrier.js';
import type { Depth } from '../../jobs/monitor.js';
import type { ExpiredRow, FetchedRow, JobRow, RedrivenRow, Row, RunRow, WaitingRow } from './job-row.js';
import { columnsOf, EXPIRED, fetchedColumns, fetchedRowOf, rowOf, runRowOf, toNumber } from './job-row.js';

/** What a queue holds at one moment. */
export interface TableMeasures {
  readonly depth: Depth;
  readonly oldestAgeMillis: number;
}

/**
 * Whether signalbox may read the table of jobs for a command. It may not if the command has a database of its own, which may be a transaction: a read
 * outside would wait for its end, and a read inside could break it.
 */
export function mayRead(options: unknown): boolean {
  return (options as { readonly db?: unknown } | null | undefined)?.db === undefined;
}

/** When a job was added, as exactly as that is known by the clock of `performance`. */
export interface Birth {
  readonly notBefore: number;
  readonly notAfter: number;
  readonly carrier: Carrier | undefined;
}

/** The most rows that signalbox reads for one command. */
const MOST = 10_000;

/**
 * A read goes back this much further than asked. What it finds is compared with the clock of this process, which ran on while the read waited for its
 * answer.
 */
const SLACK_MILLIS = 60_000;

/** Columns that not all versions have. */
const OPTIONAL = [
  'expire_seconds',
  'trace_context',
  'blocked',
  'source_id',
  'source_root_id',
  'deletion_seconds',
  'keep_until',
];

/**
 * Reads pg-boss's table of jobs, through `boss.getDb()`. It reads the one table of all queues, because a queue that was made anew may have another
 * one of its own. If a read fails, signalbox reports that and emits without the details.
 */
export class JobTable {
  readonly #boss: PgBoss;
  readonly #core: Core;
  readonly #schema: string;
  #asked: Promise<ReadonlySet<string>> | undefined;
  /** The columns. Once they are known, a read goes out in the turn in which it is asked for. */
  #has: ReadonlySet<string> | undefined;

  constructor(boss: PgBoss, core: Core, schema: string) {
    this.#boss = boss;
    this.#core = core;
    this.#schema = schema;
  }

  get #jobs(): string {
    return `${this.#schema}.job`;
  }

  /** Whether the table has a column. Asks the database once. Rejects if that can not be known. */
  async has(column: string): Promise<boolean> {
    return (this.#has ?? (await this.#known())).has(column);
  }

  /** Asks for the columns, so that later reads go out at once. */
  prepare(): void {
    if (this.#core.enabled()) void this.#known().catch(() => undefined);
  }

  /** Jobs by their ids. If there are more than `MOST`, the first ones; if they can not be read, none. */
  async find(queue: string, ids: readonly string[]): Promise<readonly JobRow[]> {
    if (ids.length > MOST) this.#tooMany();
    return (await this.#quietly(() => this.#byId(queue, ids.slice(0, MOST)))) ?? [];
  }

  /** Jobs that were fetched just now. Undefined if they can not be read. */
  async fetched(queue: string, ids: readonly string[]): Promise<readonly FetchedRow[] | undefined> {
    return this.#quietly(async () => {
      const sql = `SELECT ${fetchedColumns(this.#has ?? (await this.#known()))} FROM ${this.#jobs} j WHERE j.name = $1 AND j.id = ANY($2::uuid[])`;
      return (await this.#rows(sql, [queue, ids])).map(fetchedRowOf);
    });
  }

  /** When the jobs with these ids were added, of those that are there. Undefined if that can not be read. */
  async births(queue: string, ids: readonly string[]): Promise<ReadonlyMap<string, Birth> | undefined> {
    return this.#quietly(async () => {
      const sql = `SELECT ${columnsOf(this.#has ?? (await this.#known()))}, extract(epoch FROM now() - j.created_on) * 1000 AS age
        FROM ${this.#jobs} j WHERE j.name = $1 AND j.id = ANY($2::uuid[])`;
      const sentAt = performance.now();
      const rows = await this.#rows(sql, [queue, ids]);
      const answeredAt = performance.now();
      return new Map(
        rows.map((row) => {
          const age = toNumber(row.age) ?? 0;
          const { id, carrier } = rowOf(row);
          return [id, { notBefore: sentAt - age, notAfter: answeredAt - age, carrier }];
        }),
      );
    });
  }

  /** The states of the jobs with these ids, of those that are there. Rejects if they can not be read. */
  async runs(queue: string, ids: readonly string[]): Promise<ReadonlyMap<string, RunRow>> {
    if (ids.length === 0) return new Map();
    const sql = `SELECT j.id, j.state::text AS state, extract(epoch FROM now() - j.created_on) * 1000 AS created,
        extract(epoch FROM now() - j.completed_on) * 1000 AS ended FROM ${this.#jobs} j WHERE j.name = $1 AND j.id = ANY($2::uuid[])`;
    return new Map((await this.#rows(sql, [queue, ids])).map((row) => [String(row.id), runRowOf(row)]));
  }

  /** A queue's policy. Undefined if it can not be read. */
  async policy(queue: string): Promise<string | undefined> {
    return this.#quietly(async () => {
      const [row] = await this.#rows(`SELECT policy FROM ${this.#schema}.queue WHERE name = $1`, [queue]);
      return typeof row?.policy === 'string' ? row.policy : undefined;
    });
  }

  /** Those of the rows whose jobs are no longer there. Rejects if that can not be read, because that must not look like an empty table. */
  async gone<T extends JobRow>(queue: string, rows: readonly T[]): Promise<readonly T[]> {
    if (rows.length === 0) return rows;
    const ids = rows.map(({ id }) => id);
    const left = new Set((await this.#byId(queue, ids)).map(({ id }) => id));
    return rows.filter(({ id }) => !left.has(id));
  }

  /**
   * A queue's jobs that have not ended, with or without those that run. If there are more than `MOST`, some of them; if they can not be read, none.
   */
  async live(queue: string, which: 'queued' | 'all'): Promise<readonly JobRow[]> {
    const found = await this.#quietly(async () => {
      const sql = `SELECT ${columnsOf(this.#has ?? (await this.#known()))} FROM ${this.#jobs} j
        WHERE j.name = $1 AND j.state < '${which === 'queued' ? 'active' : 'completed'}' LIMIT ${MOST + 1}`;
      return (await this.#rows(sql, [queue])).map(rowOf);
    });
    if (found && found.length > MOST) this.#tooMany();
    return found?.slice(0, MOST) ?? [];
  }

  /** At most `most` jobs that wait, those first that pg-boss may delete first. Rejects if they can not be read. */
  async waiting(queue: string, most: number): Promise<readonly WaitingRow[]> {
    const has = this.#has ?? (await this.#known());
    // A redrive may move a copy out of a dead letter queue, which deletes the copy.
    const own = has.has('source_id') ? 'AND j.source_id IS NULL' : '';
    const sql = `SELECT ${columnsOf(has)}, extract(epoch FROM j.keep_until - now()) * 1000 AS kept_for,
        j.deletion_seconds * 1000 AS deleted_after FROM ${this.#jobs} j
      WHERE j.name = $1 AND j.state < 'active' ${own} ORDER BY j.keep_until LIMIT ${most}`;
    return (await this.#rows(sql, [queue])).map((row) => ({
      ...rowOf(row),
      keptFor: toNumber(row.kept_for),
      deletedAfter: toNumber(row.deleted_after),
    }));
  }

  /** What the queue sets for jobs that do not set it themselves, in seconds. Rejects if it can not be read. */
  async retention(queue: string): Promise<{ readonly kept?: number; readonly deletedAfter?: number }> {
    const sql = `SELECT retention_seconds AS kept, deletion_seconds AS deleted FROM ${this.#schema}.queue WHERE name = $1`;
    const [row] = await this.#rows(sql, [queue]);
    const [kept, deletedAfter] = [toNumber(row?.kept), toNumber(row?.deleted)];
    return {
      ...(kept === undefined ? {} : { kept }),
      ...(deletedAfter === undefined ? {} : { deletedAfter }),
    };
  }

  /**
   * The jobs that a redrive put into a queue, or into any queue, since a moment of the clock of `performance`. Undefined if this version does not say
   * which jobs. Rejects if they can not be read. What the table has of their source tells them from copies in a dead letter queue, and from jobs that
   * were sent.
   */
  async redriven(
    since: number,
    destination: string | undefined,
  ): Promise<readonly RedrivenRow[] | undefined> {
    const has = this.#has ?? (await this.#known());
    if (!has.has('source_root_id') || !has.has('source_id')) return undefined;
    const sql = `SELECT ${columnsOf(has)}, j.name AS queue, extract(epoch FROM now() - j.created_on) * 1000 AS age
      FROM ${this.#schema}.queue q CROSS JOIN LATERAL (
        SELECT * FROM ${this.#jobs} s WHERE s.name = q.name AND s.created_on >= now() - $1::float8 * interval '1 ms'
          AND s.source_root_id IS NOT NULL AND s.source_id IS NULL
      ) j WHERE $2::text IS NULL OR q.name = $2::text ORDER BY j.created_on, j.id LIMIT ${MOST}`;
    const rows = await this.#rows(sql, [performance.now() - since + SLACK_MILLIS, destination ?? null]);
    const elapsed = performance.now() - since;
    return rows
      .filter(({ age }) => (toNumber(age) ?? 0) <= elapsed)
      .map((row) => ({ ...rowOf(row), queue: String(row.queue) }));
  }

  /** Rejects if they can not be read. */
  async measures(queue: string): Promise<TableMeasures> {
    // Flows came with 12.x. Before, no job is blocked.
    const blocks = await this.has('blocked');
    const [row] = await this.#rows(measuresSql(this.#jobs, blocks), [queue]);
    const { waiting, delayed, blocked, active, oldest } = row ?? {};
    return {
      depth: {
        waiting: toNumber(waiting) ?? 0,
        delayed: toNumber(delayed),
        active: toNumber(active),
        ...(blocks ? { blocked: toNumber(blocked) } : {}),
      },
      oldestAgeMillis: Math.max(0, toNumber(oldest) ?? 0),
    };
  }

  /** Jobs that the supervisor failed for good since a moment of the database's clock, and that clock now. */
  async expired(
    queue: string,
    since: number,
  ): Promise<{ readonly now: number; readonly rows: readonly ExpiredRow[] }> {
    const sql = `SELECT ${columnsOf(this.#has ?? (await this.#known()))}, j.output -> 'value' ->> 'message' AS why FROM ${this.#jobs} j
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
    const sql = `SELECT ${columnsOf(this.#has ?? (await this.#known()))} FROM ${this.#jobs} j WHERE j.name = $1 AND j.id = ANY($2::uuid[])`;
    return (await this.#rows(sql, [queue, ids])).map(rowOf);
  }

  #known(): Promise<ReadonlySet<string>> {
    this.#asked ??= this.#askColumns().finally(() => {
      this.#asked = undefined;
    });
    return this.#asked;
  }

  async #askColumns(): Promise<ReadonlySet<string>> {
    const sql = `SELECT attname::text AS name FROM pg_attribute
      WHERE attrelid = to_regclass($1::text) AND attname = ANY($2::text[]) AND NOT attisdropped`;
    // Before a boss has made its tables, this fails here alone: the database reports no error.
    const rows = await this.#rows(sql, [this.#jobs, ['id', ...OPTIONAL]]);
    if (rows.length === 0) throw new Error(`there is no table ${this.#jobs}`);
    this.#has = new Set(rows.map(({ name }) => String(name)));
    return this.#has;
  }

  #tooMany(): void {
    this.#core.report(
      'pg-boss:many',
      `a command was about more than ${MOST} jobs: signalbox emits less of the others, or nothing`,
    );
  }

  async #quietly<T>(read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      this.#core.report('pg-boss:table', 'the table of jobs could not be read: signals lack details', error);
      return undefined;
    }
  }

  async #rows(sql: string, values: readonly unknown[]): Promise<readonly Row[]> {
    const { rows } = await this.#boss.getDb().executeSql(sql, [...values]);
    return rows as readonly Row[];
  }
}

function measuresSql(table: string, blocked: boolean): string {
  const free = blocked ? 'NOT j.blocked' : 'true';
  const ready = `j.state < 'active' AND ${free} AND j.start_after <= now()`;
  return `SELECT count(*) FILTER (WHERE ${ready}) AS waiting,
      count(*) FILTER (WHERE j.state < 'active' AND ${free} AND j.start_after > now()) AS delayed,
      count(*) FILTER (WHERE j.state < 'active' AND NOT (${free})) AS blocked,
      count(*) FILTER (WHERE j.state = 'active') AS active,
      extract(epoch FROM now() - min(greatest(j.created_on, j.start_after)) FILTER (WHERE ${ready})) * 1000 AS oldest
    FROM ${table} j WHERE j.name = $1 AND j.state < 'completed'`;
}
