import type { PgBoss, Queue } from 'pg-boss';
import { pgBossJobs } from 'signalbox/pg-boss';
import { beforeAll, describe, expect, test } from 'vitest';
import { QUICK, until, useRig } from './rig.js';

const rig = useRig();
let other: PgBoss;
beforeAll(async () => {
  other = rig.plain();
  await other.start();
}, 60_000);

function newQueue(options: Partial<Queue> = {}): Promise<string> {
  return rig.newQueue({ retryLimit: 1, ...options });
}

/** A job that ran once, was cancelled here, and was resumed by another process. */
async function resumedElsewhere(queue: string, boss = rig.boss): Promise<string> {
  const id = (await boss.send(queue, {})) ?? '';
  await boss.fetch(queue);
  await boss.cancel(queue, id);
  await rig.told();
  await other.resume(queue, id);
  return id;
}

function ends(queue: string): unknown[] {
  return rig
    .records(queue)
    .filter(({ eventName }) => /job\.(completed|abandoned)/.test(eventName ?? ''))
    .map(({ eventName, attributes }) => attributes['job.abandon.reason'] ?? eventName);
}

/** Has the supervisor find that the time of what runs is over. */
async function expire(queue: string): Promise<void> {
  const past = "started_on = started_on - interval '1 hour', heartbeat_on = heartbeat_on - interval '1 hour'";
  await rig.pglite.query(`UPDATE pgboss.job SET ${past} WHERE name = $1 AND state = 'active'`, [queue]);
  await until('expiry', async () => {
    await rig.pglite.query('UPDATE pgboss.queue SET maintain_on = NULL, monitor_on = NULL WHERE name = $1', [
      queue,
    ]);
    await rig.boss.supervise(queue);
    const jobs = await rig.boss.findJobs(queue);
    return jobs.every(({ state }) => state !== 'active');
  });
}

describe('a job that comes back where nothing here sees it', () => {
  test('monitor() - one that was cancelled here, and dies in the process that resumed it, is told to have died', async () => {
    const queue = await newQueue();
    const monitor = rig.jobs.monitor(rig.boss, queue, { failureRate: false });
    await monitor.check();
    await resumedElsewhere(queue);
    await other.fetch(queue);
    await expire(queue);
    await monitor.check();
    await monitor.check();
    monitor.stop();
    expect(ends(queue)).toEqual(['cancelled', 'stalled']);
  });

  test('monitor() - one that was cancelled here, and then waits until its time is up, is told as expired', async () => {
    const queue = await newQueue();
    const monitor = rig.jobs.monitor(rig.boss, queue, { failureRate: false });
    const id = await resumedElsewhere(queue);
    await rig.pglite.query('UPDATE pgboss.job SET keep_until = now() WHERE id = $1', [id]);
    await monitor.check();
    await rig.pglite.query('DELETE FROM pgboss.job WHERE id = $1', [id]);
    await monitor.check();
    monitor.stop();
    expect(ends(queue)).toEqual(['cancelled', 'expired']);
  });

  const again: readonly (readonly [string, (queue: string, id: string) => Promise<unknown>, string])[] = [
    ['cancel', (queue, id) => rig.boss.cancel(queue, id), 'cancelled'],
    ['deleteJob', (queue, id) => rig.boss.deleteJob(queue, id), 'removed'],
    ['deleteQueuedJobs', (queue) => rig.boss.deleteQueuedJobs(queue), 'removed'],
    ['complete', (queue, id) => rig.boss.complete(queue, id, null, { includeQueued: true }), 'job.completed'],
  ];
  test.each(again)('%s() - ends it once more', async (_, end, told) => {
    const queue = await newQueue();
    const id = await resumedElsewhere(queue);
    await end(queue, id);
    await rig.told();
    expect(ends(queue)).toEqual(['cancelled', told]);
  });

  test('resume() - within a transaction, of which nothing is told, it begins a new life all the same', async () => {
    const queue = await newQueue();
    const boss = rig.observed({}, pgBossJobs(rig.box, { settle: 'approximate' }));
    await boss.start();
    const id = (await boss.send(queue, {})) ?? '';
    await boss.fetch(queue);
    await boss.cancel(queue, id);
    await rig.pglite.transaction(async (transaction) => {
      const db = {
        executeSql: (text: string, values?: unknown[]) => transaction.query<object>(text, values),
      };
      await boss.resume(queue, id, { db });
    });
    await boss.cancel(queue, id);
    await rig.told();
    expect(ends(queue)).toEqual(['cancelled', 'cancelled']);
  });

  test('monitor() - one whose handler was believed here has no second end by the supervisor', async () => {
    const queue = await newQueue({ retryLimit: 0 });
    const boss = rig.observed({}, pgBossJobs(rig.box, { settle: 'approximate' }));
    await boss.start();
    const monitor = rig.jobs.monitor(rig.boss, queue, { failureRate: false });
    await monitor.check();
    await rig.boss.send(queue, {});
    await boss.work(queue, QUICK, async () => expire(queue));
    await until('end', () => ends(queue)[0]);
    await boss.offWork(queue);
    await monitor.check();
    monitor.stop();
    expect(ends(queue)).toEqual(['job.completed']);
  });
});
