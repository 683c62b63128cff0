import { graphileWorkerOn } from '../conformance/drivers/graphile-worker.js';
import { testCells } from '../conformance/engine-tests.js';
import { VARIANTS } from './columns.js';
import { startBouncedPostgres } from './pgbouncer.js';

testCells(
  VARIANTS.graphileBouncer,
  graphileWorkerOn(async () => {
    const { database, through, stop } = await startBouncedPostgres(['transaction', 'session']);
    const url = await database();
    return { producers: through('transaction', url), workers: through('session', url), stop };
  }),
);
