import { createPostgresBackend, withBackend } from 'bullmq';
import { startPostgres } from '../support/postgres.js';
import { bullmqOn } from './drivers/bullmq.js';
import { testColumn } from './engine-tests.js';

await testColumn(
  'bullmq on PostgreSQL',
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
