import { ENGINES } from './cells.js';
import type { Column } from './column.js';
import { OF_BULLMQ } from './columns/bullmq.js';
import { OF_GRAPHILE_WORKER } from './columns/graphile-worker.js';
import { OF_PG_BOSS } from './columns/pg-boss.js';

/** The columns of the table of docs/engines.md: each engine as the repository has it, by its wrappers. */
const OWN: readonly Column[] = ENGINES.map((engine) => ({
  title: engine,
  engine,
  file: `/conformance/${engine}.test.ts`,
}));

/** The further columns of each engine's page: engines in other forms, settings and releases. */
export const SETTINGS: Readonly<Record<'bullmq' | 'pg-boss' | 'graphile-worker', readonly Column[]>> = {
  bullmq: OF_BULLMQ,
  'pg-boss': OF_PG_BOSS,
  'graphile-worker': OF_GRAPHILE_WORKER,
};

/** All columns that are run. */
export const COLUMNS: readonly Column[] = [...OWN, ...Object.values(SETTINGS).flat()];
