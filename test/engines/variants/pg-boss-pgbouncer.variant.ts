import { pgBossOnServer } from '../conformance/drivers/pg-boss.js';
import { testCells } from '../conformance/engine-tests.js';
import { VARIANTS } from './columns.js';
import { startBouncedPostgres } from './pgbouncer.js';

testCells(
  VARIANTS.pgBossBouncer,
  pgBossOnServer(async () => {
    const { database, through, stop } = await startBouncedPostgres(['transaction']);
    return { database: async () => through('transaction', await database()), stop };
  }),
);
