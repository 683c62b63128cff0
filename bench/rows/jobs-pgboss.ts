import { startPostgres } from '../../test/engines/support/postgres.js';
import { EXACT, OWN, pgBossCases } from '../engines/pg-boss.js';
import { versus } from '../engines/versus.js';
import type { Row } from './row.js';

/** Jobs until most code of each case is compiled: fewer than on BullMQ, since each waits for polls. */
const WARM_UP = 4000;

export const row: Row = {
  id: 'jobs-pgboss',
  what: "CPU of the app for a pg-boss job, enqueue to settled exactly, vs pg-boss's own OpenTelemetry",
  unit: 'ratio',
  must: 1.2,
  aim: 1,
  needs: 'postgres',
  measure: async (options) => {
    const postgres = await startPostgres();
    try {
      return await versus(
        pgBossCases(() => postgres.database()),
        EXACT,
        OWN,
        { ...options, warmUp: WARM_UP },
      );
    } finally {
      await postgres.stop();
    }
  },
};
