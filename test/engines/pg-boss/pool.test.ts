import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { PgBoss } from 'pg-boss';
import { createSignalbox } from 'signalbox';
import { pgBossJobs } from 'signalbox/pg-boss';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestOtel } from '../../support/otel.js';
import { resetOtel, startOtel } from '../../support/otel.js';
import type { Postgres } from '../support/postgres.js';
import { startPostgres } from '../support/postgres.js';

let postgres: Postgres;
let otel: TestOtel;
let url: string;
const box = createSignalbox();
const jobs = pgBossJobs(box);
let boss: PgBoss;

beforeAll(async () => {
  postgres = await startPostgres();
  otel = startOtel();
  url = await postgres.database();
  boss = jobs.boss(
    new PgBoss(jobs.options({ connectionString: url, max: 4, supervise: false, schedule: false })),
  );
  boss.on('error', () => undefined);
  await boss.start();
}, 120_000);
afterAll(async () => {
  await boss.stop({ graceful: false });
  await box.shutdown();
  await otel.shutdown();
  resetOtel();
  await postgres.stop();
}, 60_000);

async function newQueue(): Promise<string> {
  const name = `q-${randomUUID()}`;
  await boss.createQueue(name, { retryLimit: 0 });
  return name;
}

function idsOf(queue: string, eventName: string): unknown[] {
  return otel
    .logs(eventName)
    .filter(({ attributes }) => attributes['messaging.destination.name'] === queue)
    .map(({ attributes }) => attributes['job.id']);
}

async function sentTo(queue: string, count: number): Promise<string[]> {
  const ids = await Promise.all(Array.from({ length: count }, () => boss.send(queue, {})));
  return ids.map(String);
}

describe('a boss on a pool of connections', () => {
  test('deleteJob() - of 50 calls at once each end is told, and none twice', async () => {
    const queue = await newQueue();
    const ids = await sentTo(queue, 50);
    await Promise.all(ids.map((id) => boss.deleteJob(queue, id)));
    await box.forceFlush();
    expect(idsOf(queue, 'job.abandoned').sort()).toEqual([...ids].sort());
  });

  test('cancel(), resume(), retry() - one after the other, each life is told', async () => {
    const queue = await newQueue();
    const ids = await sentTo(queue, 20);
    await boss.cancel(queue, ids);
    await boss.resume(queue, ids);
    await boss.fetch(queue, { batchSize: 20 });
    await boss.fail(queue, ids);
    await boss.retry(queue, ids);
    await box.forceFlush();
    expect(idsOf(queue, 'job.revived')).toHaveLength(40);
    expect(idsOf(queue, 'job.started')).toHaveLength(20);
    expect(idsOf(queue, 'job.abandoned')).toHaveLength(40);
  });

  test('deleteQueuedJobs() and deleteQueue() - what waited is told, each job once', async () => {
    const [emptied, deleted] = [await newQueue(), await newQueue()];
    const ids = [await sentTo(emptied, 20), await sentTo(deleted, 20)];
    await boss.deleteQueuedJobs(emptied);
    await boss.deleteQueue(deleted);
    await box.forceFlush();
    expect(idsOf(emptied, 'job.abandoned').sort()).toEqual(ids[0]?.sort());
    expect(idsOf(deleted, 'job.abandoned').sort()).toEqual(ids[1]?.sort());
  });

  test('insert() - in many calls at once, of new ids and of ids that are there, tells each as what it is', async () => {
    const queue = await newQueue();
    const there = await sentTo(queue, 10);
    const fresh = Array.from({ length: 10 }, () => randomUUID());
    await Promise.all([...there, ...fresh].map((id) => boss.insert(queue, [{ id }, {}])));
    await box.forceFlush();
    expect(idsOf(queue, 'job.duplicate').sort()).toEqual([...there].sort());
    expect(idsOf(queue, 'job.queued')).toHaveLength(10 + 10 + 20);
  });

  test('fetch() - by 10 at once, each job begins and ends once, with its wait', async () => {
    const queue = await newQueue();
    const ids = await sentTo(queue, 30);
    const work = async (): Promise<void> => {
      for (;;) {
        const [job] = await boss.fetch(queue);
        if (!job) return;
        await boss.complete(queue, job.id);
      }
    };
    await Promise.all(Array.from({ length: 10 }, work));
    await box.forceFlush();
    expect(idsOf(queue, 'job.started').sort()).toEqual([...ids].sort());
    expect(idsOf(queue, 'job.completed').sort()).toEqual([...ids].sort());
    const waits = otel
      .spans(`process ${queue}`)
      .filter(({ attributes }) => typeof attributes['job.wait.duration'] === 'number');
    expect(waits).toHaveLength(30);
  });

  test('send() - in a transaction of the app that is held open nothing waits', async () => {
    const queue = await newQueue();
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query('BEGIN');
    const db = { executeSql: (text: string, values?: unknown[]) => client.query(text, values) };
    const id = await boss.send(queue, {}, { db });
    await boss.insert(queue, [{}], { db });
    await box.forceFlush();
    await client.query('ROLLBACK');
    await client.end();
    // pg-boss does not say whether the transaction was committed.
    expect(idsOf(queue, 'job.queued')).toContain(id);
    expect(await boss.findJobs(queue)).toEqual([]);
  });
});
