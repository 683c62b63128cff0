import type { Row } from './row.js';

type Load = () => Promise<{ readonly row: Row }>;

/**
 * Every row, in the order of the table, by its id. Each is loaded where it is needed alone: a process that measures one has none of the
 * others' libraries in it.
 */
const ROWS: Readonly<Record<string, Load>> = {
  'fanout-sdk': () => import('./fanout-sdk.js'),
  'log-sdk': () => import('./log-sdk.js'),
  'fanout-own': () => import('./fanout-own.js'),
  'fanout-own-pino': () => import('./fanout-own-pino.js'),
  destinations: () => import('./destinations.js'),
  unrouted: () => import('./unrouted.js'),
  import: () => import('./import.js'),
  start: () => import('./start.js'),
  'log-own': () => import('./log-own.js'),
  'log-sink': () => import('./log-sink.js'),
  'log-logtape': () => import('./log-logtape.js'),
  bound: () => import('./bound.js'),
  'jobs-bullmq': () => import('./jobs-bullmq.js'),
  'jobs-pgboss': () => import('./jobs-pgboss.js'),
  'jobs-graphile': () => import('./jobs-graphile.js'),
  'jobs-memory': () => import('./jobs-memory.js'),
  'jobs-layer': () => import('./jobs-layer.js'),
  'otlp-rate': () => import('./otlp-rate.js'),
  'audit-rate': () => import('./audit-rate.js'),
  burst: () => import('./burst.js'),
  'dead-memory': () => import('./dead-memory.js'),
  'otlp-block': () => import('./otlp-block.js'),
  'growth-signals': () => import('./growth-signals.js'),
  'growth-routes': () => import('./growth-routes.js'),
  'growth-destinations': () => import('./growth-destinations.js'),
  'growth-conditions': () => import('./growth-conditions.js'),
  'growth-series': () => import('./growth-series.js'),
  'growth-series-past': () => import('./growth-series-past.js'),
  'growth-series-sdk': () => import('./growth-series-sdk.js'),
  'growth-series-sdk-past': () => import('./growth-series-sdk-past.js'),
};

export const rowIds: readonly string[] = Object.keys(ROWS);

export async function loadRow(id: string): Promise<Row> {
  const load = ROWS[id];
  if (!load) throw new Error(`There is no row '${id}'.`);
  return (await load()).row;
}
