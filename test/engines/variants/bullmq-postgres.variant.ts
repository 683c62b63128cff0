import { createPostgresBackend, withBackend } from 'bullmq';
import { bullmqOn } from '../conformance/drivers/bullmq.js';
import { testColumn } from '../conformance/engine-tests.js';
import { startPostgres } from '../support/postgres.js';
import { VARIANTS } from './columns.js';

testColumn(
  VARIANTS.bullmqPostgres,
  bullmqOn(async () => {
    const { database, stop } = await startPostgres();
    const address = await database();
    try {
      await migrate(address);
    } catch (error) {
      await stop();
      throw error;
    }
    return { address, stop };
  }),
);

/** Its tables are made by who says so. */
async function migrate(connectionString: string): Promise<void> {
  const { Queue } = withBackend(createPostgresBackend);
  const queue = new Queue('migration', { connection: { connectionString, migrate: true } });
  await queue.waitUntilReady();
  await queue.close();
}
