import { fromPglite } from 'pg-boss';
import { createSignalbox } from 'signalbox';
import { createJobs } from 'signalbox/jobs';
import { pgBossJobs } from 'signalbox/pg-boss';
import { describe, expect, test } from 'vitest';
import { until, useRig } from './rig.js';

const rig = useRig();

const outcomes = (queue: string): unknown[] =>
  rig.spans(queue, 'process').map(({ attributes }) => attributes['job.attempt.outcome']);

describe('a job that is fetched and that nobody settles', () => {
  test('stop() - its attempt is lost with its boss, once', async () => {
    const queue = await rig.newQueue();
    const boss = rig.observed();
    await boss.start();
    await boss.insert(queue, [{}, {}]);
    const [done] = await boss.fetch(queue, { batchSize: 2 });
    await boss.complete(queue, done?.id ?? '');
    await boss.stop({ graceful: false, close: false });
    await rig.told();
    expect(outcomes(queue).sort()).toEqual(['completed', 'lost']);
    await boss.start();
    await boss.stop({ graceful: false, close: false });
    await rig.told();
    expect(outcomes(queue)).toHaveLength(2);
  });

  test('stop() - what was settled before it is told as settled, however late its attempt begins', async () => {
    const queue = await rig.newQueue();
    const db = fromPglite(rig.pglite);
    let answer = (): void => undefined;
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const executeSql = async (text: string, values?: unknown[]) => {
      if (text.includes('jsonb_build_object') && text.includes('"retryCount"')) await answered;
      return db.executeSql(text, values);
    };
    const boss = rig.observed({ db: { ...db, executeSql } });
    await boss.start();
    await boss.insert(queue, [{}, {}]);
    const [done] = await boss.fetch(queue, { batchSize: 2 });
    await boss.complete(queue, done?.id ?? '');
    await boss.stop({ graceful: false, close: false });
    answer();
    await rig.told();
    expect(outcomes(queue).sort()).toEqual(['completed', 'lost']);
    expect(rig.story(queue).sort()).toEqual([
      'job.completed',
      'job.queued',
      'job.queued',
      'job.started',
      'job.started',
    ]);
  });

  test('shutdown() of the box - its attempt is lost, once, whatever is done to the job afterwards', async () => {
    const queue = await rig.newQueue();
    const box = createSignalbox();
    const boss = rig.observed({}, pgBossJobs(box));
    await boss.start();
    await boss.send(queue, {});
    const [job] = await boss.fetch(queue);
    await box.shutdown();
    expect(outcomes(queue)).toEqual(['lost']);
    await boss.complete(queue, job?.id ?? '');
    await boss.stop({ graceful: false, close: false });
    await rig.told();
    expect(outcomes(queue)).toEqual(['lost']);
    expect(rig.story(queue)).toEqual(['job.queued', 'job.started']);
  });

  test('another process deletes it - its attempt is lost when its time is over', async () => {
    const queue = await rig.newQueue({ expireInSeconds: 1 });
    await rig.boss.send(queue, {});
    await rig.boss.fetch(queue);
    await rig.told();
    const other = rig.plain();
    await other.start();
    await other.deleteAllJobs(queue);
    await until('the end of the attempt', () => rig.spans(queue, 'process')[0]);
    expect(outcomes(queue)).toEqual(['lost']);
    expect(await active(queue)).toEqual([0]);
  });

  test('its end is told by another, and it is not settled - its span ends when its time is over', async () => {
    const queue = await rig.newQueue({ expireInSeconds: 1, retryLimit: 0 });
    const monitor = rig.jobs.monitor(rig.boss, queue, { failureRate: false });
    const id = (await rig.boss.send(queue, {})) ?? '';
    await rig.boss.fetch(queue);
    await rig.told();
    createJobs(rig.box, { system: 'pg-boss' }).queue(queue).abandoned({ id }, { reason: 'expired' });
    await until('the end of the attempt', () => rig.spans(queue, 'process')[0]);
    monitor.stop();
    expect(outcomes(queue)).toEqual(['lost']);
    expect(rig.records(queue, 'job.abandoned')).toHaveLength(1);
    expect(await active(queue)).toEqual([0]);
  });

  test('fail() - where the place of its retry is taken, it has its end', async () => {
    const queue = await rig.newQueue({ policy: 'stately', retryLimit: 3, retryDelay: 60 });
    for (const message of ['first', 'second']) {
      await rig.boss.send(queue, {});
      const [job] = await rig.boss.fetch(queue);
      await rig.boss.fail(queue, job?.id ?? '', new RangeError(message));
      await rig.told();
    }
    expect(outcomes(queue)).toEqual(['failed', 'failed']);
    const ends = rig.records(queue, 'job.abandoned');
    expect(ends.map(({ attributes }) => attributes['job.abandon.reason'])).toEqual(['queue_full']);
    expect(rig.records(queue, 'job.retrying')).toHaveLength(1);
  });

  test('a transaction that is rolled back - the job is fetched again, and its first attempt is lost', async () => {
    const queue = await rig.newQueue({ retryLimit: 2 });
    await rig.boss.send(queue, {});
    const rolledBack = rig.pglite.transaction(async (transaction) => {
      const db = {
        executeSql: (text: string, values?: unknown[]) => transaction.query<object>(text, values),
      };
      await rig.boss.fetch(queue, { db, includeMetadata: true });
      throw new Error('rolled back');
    });
    await expect(rolledBack).rejects.toThrow('rolled back');
    const [job] = await rig.boss.fetch(queue);
    await rig.boss.complete(queue, job?.id ?? '');
    await rig.told();
    expect(outcomes(queue)).toEqual(['lost', 'completed']);
    expect(rig.records(queue, 'job.completed')).toHaveLength(1);
  });
});

async function active(queue: string): Promise<unknown[]> {
  const points = await rig.otel.points('job.active');
  return points
    .filter(({ labels }) => labels['messaging.destination.name'] === queue)
    .map(({ value }) => value);
}
