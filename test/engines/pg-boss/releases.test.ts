import type { PgBoss } from 'pg-boss';
import { createSignalbox } from 'signalbox';
import { pgBossJobs } from 'signalbox/pg-boss';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestOtel } from '../../support/otel.js';
import { recordDiag, resetOtel, startOtel } from '../../support/otel.js';
import { gate, until } from '../conformance/until.js';
import { moduleOf } from '../lines/line.js';
import type { Postgres } from '../support/postgres.js';
import { startPostgres } from '../support/postgres.js';

// What scenarios of the conformance suite do not do, of releases whose calls are other ones.

/** What is called otherwise there than the types of 12 say. */
interface Before12 {
  offWork(worker: { readonly id: string }): Promise<void>;
  purgeQueue(name: string): Promise<void>;
}

const POLLING = { pollingIntervalSeconds: 0.5 } as const;

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
}, 120_000);
afterAll(() => postgres?.stop());

describe.each(['pg-boss-10', 'pg-boss-11'] as const)('%s', (line) => {
  let otel: TestOtel;
  let boss: PgBoss & Before12;
  const box = createSignalbox();
  const jobs = pgBossJobs(box);

  beforeAll(async () => {
    otel = startOtel();
    const Class = await moduleOf<new (options: object) => PgBoss & Before12>(line, 'pg-boss');
    const connectionString = await postgres.database();
    boss = jobs.boss(new Class(jobs.options({ connectionString, supervise: false, schedule: false })));
    boss.on('error', () => undefined);
    await boss.start();
  }, 120_000);
  afterAll(async () => {
    await boss?.stop({ graceful: false });
    await box.shutdown();
    await otel?.shutdown();
    resetOtel();
  });

  /** The names of a queue's records, in order. */
  async function story(queue: string): Promise<(string | undefined)[]> {
    await box.forceFlush();
    return otel
      .logs()
      .filter(({ attributes }) => attributes['messaging.destination.name'] === queue)
      .map(({ eventName }) => eventName);
  }

  test('fetch() - an attempt runs from there until a command settles the job', async () => {
    const told = recordDiag();
    await boss.createQueue('fetched', { name: 'fetched', retryLimit: 1 } as never);
    await boss.send('fetched', {});
    const [first] = await boss.fetch('fetched');
    await boss.fail('fetched', first?.id ?? '', new Error('not yet'));
    const [second] = await boss.fetch('fetched');
    await boss.complete('fetched', second?.id ?? '');
    expect(second?.id).toBe(first?.id);
    expect(await story('fetched')).toEqual([
      'job.queued',
      'job.started',
      'job.failed',
      'job.retrying',
      'job.started',
      'job.completed',
    ]);
    const attempts = otel.spans('process fetched').map(({ attributes }) => attributes['job.attempt.number']);
    expect(attempts).toEqual([1, 2]);
    expect(told).toEqual([]);
  });

  test('offWork({ id }) - the worker has stopped once its handler has ended', async () => {
    await boss.createQueue('stopped');
    const [began, go] = [gate(), gate()];
    const id = await boss.work('stopped', POLLING, async () => {
      began.open();
      await go.opened;
    });
    await boss.send('stopped', {});
    await began.opened;
    await boss.offWork({ id });
    expect(await story('stopped')).not.toContain('worker.stopped');
    go.open();
    await until('it has stopped', async () => (await story('stopped')).includes('worker.stopped'));
    expect((await story('stopped')).filter((name) => name?.startsWith('job.'))).toEqual([
      'job.queued',
      'job.started',
      'job.completed',
    ]);
  });

  test('insert() - a job that is there is told as one, and what pg-boss returns stays as it is', async () => {
    await boss.createQueue('inserted');
    const id = await boss.send('inserted', {});
    const given = [{ name: 'inserted' }, { name: 'inserted', id: id ?? '' }];
    const insert = boss.insert as unknown as (...args: readonly unknown[]) => Promise<unknown>;
    const returned = await (line === 'pg-boss-10' ? insert(given) : insert('inserted', given));
    expect(returned ?? null).toBeNull();
    expect((await story('inserted')).sort()).toEqual(['job.duplicate', 'job.queued', 'job.queued']);
  });

  test('deleting what waits in a queue - each job is told as removed', async () => {
    await boss.createQueue('emptied');
    await boss.send('emptied', {});
    await boss.send('emptied', {});
    await (line === 'pg-boss-10' ? boss.purgeQueue('emptied') : boss.deleteQueuedJobs('emptied'));
    expect(await story('emptied')).toEqual(['job.queued', 'job.queued', 'job.abandoned', 'job.abandoned']);
  });
});
