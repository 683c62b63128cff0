import type { PgBoss } from 'pg-boss';
import type { Monitor } from 'signalbox/pg-boss';
import { describe, expect, test } from 'vitest';
import { until, useRig } from './rig.js';

const rig = useRig();

/** A monitor that has looked once. */
async function watch(queue: string): Promise<Monitor> {
  const monitor = rig.jobs.monitor(rig.boss, queue, { failureRate: false });
  await monitor.check();
  return monitor;
}

/** Has pg-boss delete what is over, until the job is gone. */
async function goneBySupervision(queue: string, id: string): Promise<void> {
  await until('deletion', async () => {
    await rig.pglite.query('UPDATE pgboss.queue SET maintain_on = NULL, monitor_on = NULL WHERE name = $1', [
      queue,
    ]);
    await rig.boss.supervise(queue);
    return (await rig.boss.findJobs(queue, { id })).length === 0;
  });
}

function ends(queue: string): unknown[] {
  return rig
    .records(queue, 'job.abandoned')
    .map(({ attributes }) => [attributes['job.id'], attributes['job.abandon.reason']]);
}

describe('jobs that are there no more', () => {
  test('monitor() - a job that never ran in its time is told as expired, in the context of its enqueue', async () => {
    const queue = await rig.newQueue();
    const id = (await rig.boss.send(queue, {}, { retentionSeconds: 1 })) ?? '';
    const monitor = await watch(queue);
    await goneBySupervision(queue, id);
    await monitor.check();
    await monitor.check();
    monitor.stop();
    expect(ends(queue)).toEqual([[id, 'expired']]);
    const [end] = rig.records(queue, 'job.abandoned');
    expect(end?.attributes['job.turnaround.duration']).toBeGreaterThan(0.5);
    expect(rig.enqueueOf(queue, end)).toBe(rig.spans(queue, 'enqueue')[0]?.spanContext().spanId);
  });

  test.each([
    [{ retentionSeconds: 1 }, {}],
    [{}, { retentionSeconds: 1 }],
  ])(
    'monitor() - one that came and went between two looks is told too (%j %j)',
    async (options, defaults) => {
      const queue = await rig.newQueue(defaults);
      const monitor = await watch(queue);
      const id = (await rig.boss.send(queue, {}, options)) ?? '';
      await goneBySupervision(queue, id);
      await monitor.check();
      monitor.stop();
      const [end] = rig.records(queue, 'job.abandoned');
      expect(rig.enqueueOf(queue, end)).toBe(rig.spans(queue, 'enqueue')[0]?.spanContext().spanId);
      expect(ends(queue)).toEqual([[id, 'expired']]);
    },
  );

  test('monitor() - of jobs that SQL, or another process, deletes before their time is up no end is made up', async () => {
    const queue = await rig.newQueue();
    const [bySql, byOther] = [await rig.boss.send(queue, {}), (await rig.boss.send(queue, {})) ?? ''];
    await rig.boss.send(queue, {});
    const monitor = await watch(queue);
    await rig.pglite.query('DELETE FROM pgboss.job WHERE id = $1', [bySql]);
    const other = rig.plain();
    await other.start();
    await other.deleteJob(queue, byOther);
    await other.deleteQueue(queue);
    await monitor.check();
    monitor.stop();
    expect(ends(queue)).toEqual([]);
  });

  const deletions: readonly (readonly [
    string,
    (boss: PgBoss, queue: string, id: string) => Promise<unknown>,
  ])[] = [
    ['deleteJob', (boss, queue, id) => boss.deleteJob(queue, id)],
    ['deleteStoredJobs', (boss, queue) => boss.deleteStoredJobs(queue)],
    ['deleteAllJobs', (boss, queue) => boss.deleteAllJobs(queue)],
  ];

  test.each(deletions)(
    'monitor() - a job that another process completed, and that is deleted here by %s, has no bad end',
    async (_, remove) => {
      const queue = await rig.newQueue();
      // Its time is up when it is looked for: without the command's word it would be taken for one that never ran.
      const id = (await rig.boss.send(queue, {}, { retentionSeconds: 1 })) ?? '';
      const monitor = await watch(queue);
      const other = rig.plain();
      await other.start();
      await other.fetch(queue);
      await other.complete(queue, id);
      await remove(rig.boss, queue, id);
      await rig.told();
      const after = performance.now() + 1100;
      await until('its time', () => performance.now() > after);
      await monitor.check();
      monitor.stop();
      expect((await rig.boss.findJobs(queue, { id })).length).toBe(0);
      expect(ends(queue)).toEqual([]);
    },
  );

  test('monitor() - what was deleted here is told once', async () => {
    const queue = await rig.newQueue();
    const id = (await rig.boss.send(queue, {})) ?? '';
    await rig.boss.send(queue, {});
    const monitor = await watch(queue);
    await rig.boss.deleteJob(queue, id);
    await monitor.check();
    await rig.boss.deleteQueuedJobs(queue);
    await monitor.check();
    await rig.told();
    await monitor.check();
    monitor.stop();
    expect(ends(queue)).toHaveLength(2);
  });

  test('monitor() - a job that may have ended elsewhere, and been deleted after that, is left untold', async () => {
    const queue = await rig.newQueue();
    await rig.boss.send(queue, {}, { deleteAfterSeconds: 1 });
    const monitor = await watch(queue);
    const other = rig.plain();
    await other.start();
    const [job] = await other.fetch(queue);
    await other.complete(queue, job?.id ?? '');
    await goneBySupervision(queue, job?.id ?? '');
    await monitor.check();
    monitor.stop();
    expect(ends(queue)).toEqual([]);
  });

  test('monitor() - a job that runs or has ended is no waiting one that is gone', async () => {
    const queue = await rig.newQueue();
    await rig.boss.send(queue, {});
    const monitor = await watch(queue);
    const [job] = await rig.boss.fetch(queue);
    await rig.boss.complete(queue, job?.id ?? '');
    await rig.pglite.query('DELETE FROM pgboss.job WHERE id = $1', [job?.id]);
    await monitor.check();
    monitor.stop();
    expect(ends(queue)).toEqual([]);
  });

  test('monitor() - a job that a transaction has not put in yet is not one that is gone', async () => {
    const queue = await rig.newQueue();
    const monitor = await watch(queue);
    await rig.pglite.transaction(async (transaction) => {
      const db = {
        executeSql: (text: string, values?: unknown[]) => transaction.query<object>(text, values),
      };
      await rig.boss.send(queue, {}, { db, retentionSeconds: 1 });
      await transaction.rollback();
    });
    await monitor.check();
    monitor.stop();
    expect(ends(queue)).toEqual([]);
  });
});
