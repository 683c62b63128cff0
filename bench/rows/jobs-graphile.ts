import { startPostgres } from '../../test/engines/support/postgres.js';
import { ALONE, graphileCases, OBSERVED } from '../engines/graphile-worker.js';
import { versus } from '../engines/versus.js';
import type { Row } from './row.js';

export const row: Row = {
  id: 'jobs-graphile',
  what: 'CPU of the app for a job of graphile-worker, enqueue to settled, vs graphile-worker alone, which has no telemetry',
  unit: 'ratio',
  needs: 'postgres',
  measure: async (options) => {
    const postgres = await startPostgres();
    try {
      return await versus(
        graphileCases(() => postgres.database()),
        OBSERVED,
        ALONE,
        { ...options, warmUp: 4000 },
      );
    } finally {
      await postgres.stop();
    }
  },
};
