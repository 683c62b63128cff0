import type { JobWithMetadata } from 'pg-boss';
import type { Carrier } from '../../jobs/carrier.js';
import { numberOf } from '../../jobs/given.js';

/** What signalbox reads of one job: never its data or output. */
export interface JobRow {
  readonly id: string;
  readonly state: string;
  readonly attempts: number | undefined;
  /** Milliseconds since it could (last) have run. Negative if that is ahead. */
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

/** A waiting job, and when pg-boss may delete it without an event. */
export interface WaitingRow extends JobRow {
  /** Milliseconds until pg-boss may delete it as one that never ran in its time. */
  readonly keptFor: number | undefined;
  /** Milliseconds after its end until pg-boss may delete it; 0 for never. */
  readonly deletedAfter: number | undefined;
}

/** The state of a job that a schedule put in. */
export interface RunRow {
  readonly state: string;
  /** Milliseconds since it was added. */
  readonly createdFor: number | undefined;
  /** Milliseconds since it ended. */
  readonly endedFor: number | undefined;
}

/** A fetched job, as pg-boss hands it out with metadata. Its data is left out, and all of its output that telemetry does not use. */
export type FetchedRow = Omit<JobWithMetadata<unknown>, 'data' | 'signal'> & {
  readonly carrier: Carrier | undefined;
};

/** Outputs that only pg-boss's supervisor writes. */
export const EXPIRED: readonly string[] = [
  'job timed out',
  'job heartbeat timeout',
  // Of pg-boss 10.
  'job failed by timeout in active state',
];

export type Row = Readonly<Record<string, unknown>>;

/** The columns to read of each job, as far as its table has them. */
export function columnsOf(has: ReadonlySet<string>): string {
  return `j.id, j.state::text AS state,
  j.retry_count + (CASE WHEN j.started_on IS NULL THEN 0 ELSE 1 END) AS attempts,
  extract(epoch FROM now() - greatest(j.created_on, j.start_after)) * 1000 AS runnable_for,
  j.retry_limit - j.retry_count AS retries_left,
  ${has.has('trace_context') ? 'j.trace_context' : 'NULL'} AS carrier`;
}

/** The columns to read of a fetched job: its metadata. */
export function fetchedColumns(has: ReadonlySet<string>): string {
  return `j.id, j.name, j.state::text AS state, j.priority, j.policy, j.retry_count AS "retryCount",
  j.retry_limit AS "retryLimit", j.retry_delay AS "retryDelay", j.retry_backoff AS "retryBackoff",
  j.start_after AS "startAfter", j.started_on AS "startedOn", j.created_on AS "createdOn",
  ${has.has('expire_seconds') ? 'j.expire_seconds' : 'NULL'} AS "expireInSeconds",
  jsonb_build_object('signalbox', j.output -> 'signalbox',
    'value', jsonb_build_object('message', j.output -> 'value' -> 'message')) AS output,
  ${has.has('trace_context') ? 'j.trace_context' : 'NULL'} AS carrier`;
}

export function rowOf(row: Row): JobRow {
  return {
    id: String(row.id),
    state: String(row.state),
    attempts: toNumber(row.attempts),
    runnableFor: toNumber(row.runnable_for),
    retriesLeft: toNumber(row.retries_left),
    carrier: carrierOf(row.carrier),
  };
}

export function fetchedRowOf(row: Row): FetchedRow {
  const { output } = row;
  return {
    ...(row as unknown as FetchedRow),
    retryCount: toNumber(row.retryCount) ?? 0,
    retryLimit: toNumber(row.retryLimit) ?? 0,
    retryDelay: toNumber(row.retryDelay) ?? 0,
    output: typeof output === 'string' ? JSON.parse(output) : (output as object),
    carrier: carrierOf(row.carrier),
  };
}

export function runRowOf(row: Row): RunRow {
  return { state: String(row.state), createdFor: toNumber(row.created), endedFor: toNumber(row.ended) };
}

function carrierOf(given: unknown): Carrier | undefined {
  // A database adapter may hand JSON out as text.
  const carrier: unknown = typeof given === 'string' ? JSON.parse(given) : given;
  return typeof carrier === 'object' && carrier !== null ? (carrier as Carrier) : undefined;
}

// Counts are bigint, which drivers hand out as text.
export function toNumber(given: unknown): number | undefined {
  return numberOf(typeof given === 'string' || typeof given === 'bigint' ? Number(given) : given);
}

/** Whether the job has not ended, and no attempt of it runs. */
export function isWaiting({ state }: JobRow): boolean {
  return state === 'created' || state === 'retry';
}

/** How long a job still has to wait until it can run, in milliseconds, if that is known. */
export function delayOf({ runnableFor }: JobRow): number | undefined {
  return runnableFor === undefined ? undefined : Math.max(0, -runnableFor);
}
