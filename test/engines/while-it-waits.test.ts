import { AsyncLocalStorage } from 'node:async_hooks';
import { PgBoss } from 'pg-boss';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Database } from '../../examples/job-queue/engines/database.js';
import { openPglite } from '../../examples/job-queue/engines/pglite.js';
import { openPostgres } from '../../examples/job-queue/engines/postgres.js';
import { startPostgres } from './support/postgres.js';

const QUEUE = 'email';

/** A queue of pg-boss with one job. */
async function setUp(database: Database) {
  const boss = new PgBoss(database.options);
  boss.on('error', () => undefined);
  await boss.start();
  onTestFinished(async () => {
    await boss.stop({ graceful: false });
    await database.close();
  });
  await boss.createQueue(QUEUE);
  const id = (await boss.send(QUEUE, {})) ?? '';
  return { boss, id };
}

async function onPostgres(): Promise<Database> {
  const server = await startPostgres();
  onTestFinished(() => server.stop());
  return openPostgres({ url: await server.database(), namespace: 'elsewhere' });
}

describe.each([
  ['PGlite', openPglite],
  ['PostgreSQL', onPostgres],
])('a job of pg-boss on %s', (_, open) => {
  test('whileItWaits() - no worker begins the job meanwhile, and it can be cancelled', async () => {
    const database = await open();
    const { boss, id } = await setUp(database);
    const elsewhere = AsyncLocalStorage.snapshot();
    let fetching: Promise<unknown[]> | undefined;
    const waited = await database.whileItWaits(QUEUE, id, async () => {
      // On PGlite it is answered when this is over, and is not to be waited for here.
      fetching = elsewhere(() => boss.fetch(QUEUE));
      if (database.options.backend !== 'pglite') expect(await fetching).toEqual([]);
      await boss.cancel(QUEUE, id);
    });
    expect(waited).toBe(true);
    expect(await fetching).toEqual([]);
    expect((await boss.getJobById(QUEUE, id))?.state).toBe('cancelled');
  });

  test('whileItWaits() - a job that has begun is left alone', async () => {
    const database = await open();
    const { boss, id } = await setUp(database);
    expect(await boss.fetch(QUEUE)).toHaveLength(1);
    let ran = false;
    const waited = await database.whileItWaits(QUEUE, id, async () => {
      ran = true;
    });
    expect([waited, ran]).toEqual([false, false]);
    expect((await boss.getJobById(QUEUE, id))?.state).toBe('active');
  });
});
