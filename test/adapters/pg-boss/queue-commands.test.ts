import { describe, expect, test } from 'vitest';
import { recordDiag } from '../../support/otel.js';
import { QUICK, until, useRig } from './rig.js';

const rig = useRig();

/** Puts in many jobs, of which nothing is told. */
async function many(queue: string, count: number): Promise<string[]> {
  const other = rig.plain();
  await other.start();
  const jobs = Array.from({ length: count }, () => ({}));
  return (await other.insert(queue, jobs, { returnId: true })) ?? [];
}

function idsOf(queue: string, eventName: string): unknown[] {
  return rig.records(queue, eventName).map(({ attributes }) => attributes['job.id']);
}

/** A dead letter queue with so many jobs that failed in another one. */
async function deadLetters(count: number): Promise<{ queue: string; dead: string }> {
  const dead = await rig.newQueue();
  const queue = await rig.newQueue({ deadLetter: dead });
  for (let i = 0; i < count; i++) {
    await rig.boss.send(queue, { i });
    const [job] = await rig.boss.fetch(queue);
    await rig.boss.fail(queue, job?.id ?? '');
  }
  return { queue, dead };
}

describe('commands on a whole queue', () => {
  test('deleteQueuedJobs() - what waited is abandoned, once; what runs or has ended is not', async () => {
    const queue = await rig.newQueue();
    await rig.boss.send(queue, {});
    await rig.boss.fetch(queue);
    const waiting = [await rig.boss.send(queue, {}), await rig.boss.send(queue, {}, { startAfter: 60 })];
    expect(await rig.boss.deleteQueuedJobs(queue)).toBe(2);
    await rig.boss.deleteQueuedJobs(queue);
    await rig.told();
    expect(idsOf(queue, 'job.abandoned').sort()).toEqual(waiting.sort());
    const [end] = rig.records(queue, 'job.abandoned');
    expect(end?.attributes).toMatchObject({ 'job.abandon.reason': 'removed', 'job.attempts': 0 });
    const enqueues = rig.spans(queue, 'enqueue').map((span) => span.spanContext().spanId);
    expect(enqueues).toContain(rig.enqueueOf(queue, end));
  });

  test.each([{}, { partition: true }])(
    'deleteAllJobs() - what waited or ran is abandoned, what had ended is not (%j)',
    async (options) => {
      const queue = await rig.newQueue(options);
      await rig.boss.send(queue, {});
      const [active] = await rig.boss.fetch(queue);
      const [waiting, done] = [await rig.boss.send(queue, {}), (await rig.boss.send(queue, {})) ?? ''];
      await rig.boss.complete(queue, done, null, { includeQueued: true });
      await rig.boss.deleteStoredJobs(queue);
      await rig.boss.deleteAllJobs(queue);
      await rig.told();
      expect(idsOf(queue, 'job.abandoned').sort()).toEqual([active?.id, waiting].sort());
    },
  );

  test('deleteQueue() - what it still held is abandoned, and a queue that gets its name is looked at anew', async () => {
    const queue = await rig.newQueue({ partition: true });
    const id = await rig.boss.send(queue, {});
    await rig.boss.deleteQueue(queue);
    await rig.boss.deleteQueue(queue);
    await rig.told();
    expect(idsOf(queue, 'job.abandoned')).toEqual([id]);
    await rig.boss.createQueue(queue, {});
    const next = await rig.boss.send(queue, {});
    await rig.boss.deleteQueuedJobs(queue);
    await rig.told();
    expect(idsOf(queue, 'job.abandoned')).toEqual([id, next]);
  });

  test('deleteAllJobs() - where the table can not be read it deletes all the same, and no end is made up', async () => {
    const queue = await rig.newQueue();
    await rig.boss.send(queue, {});
    const boss = rig.jobs.boss(rig.plain(), { schema: 'elsewhere' });
    await boss.start();
    expect(await boss.deleteAllJobs(queue)).toBe(1);
    await rig.told();
    expect(idsOf(queue, 'job.abandoned')).toEqual([]);
  });

  test('deleteJob(), retry() and resume() - of more than a thousand jobs tell each of them', async () => {
    const queue = await rig.newQueue();
    const ids = await many(queue, 1001);
    await rig.boss.cancel(queue, ids);
    await rig.boss.resume(queue, ids);
    await rig.told();
    expect(new Set(idsOf(queue, 'job.revived'))).toEqual(new Set(ids));
    await rig.boss.fetch(queue, { batchSize: 1001 });
    await rig.boss.fail(queue, ids);
    await rig.told();
    const ended = rig
      .records(queue, 'job.abandoned')
      .filter(({ attributes }) => attributes['job.abandon.reason'] === 'max_attempts');
    expect(ended).toHaveLength(1001);
    await rig.boss.retry(queue, ids);
    await rig.told();
    expect(idsOf(queue, 'job.revived')).toHaveLength(2002);
    await rig.boss.deleteJob(queue, ids);
    await rig.told();
    const removed = rig
      .records(queue, 'job.abandoned')
      .filter(({ attributes }) => attributes['job.abandon.reason'] === 'removed');
    expect(new Set(removed.map(({ attributes }) => attributes['job.id']))).toEqual(new Set(ids));
  }, 60_000);

  test('deleteQueuedJobs() - of more jobs than are read, the rest is reported', async () => {
    const queue = await rig.newQueue();
    await many(queue, 10_001);
    const told = recordDiag();
    expect(await rig.boss.deleteQueuedJobs(queue)).toBe(10_001);
    // A flush waits five seconds, which a busy machine may not emit them in.
    await until('ends', () => idsOf(queue, 'job.abandoned').length >= 10_000);
    await rig.told();
    expect(idsOf(queue, 'job.abandoned')).toHaveLength(10_000);
    expect(told.join()).toContain('more than 10000 jobs');
  }, 60_000);
});

describe('redrive()', () => {
  test('redrive() - a job comes back as a new one: it is revived in the trace of the one that had failed', async () => {
    const { queue, dead } = await deadLetters(2);
    expect(await rig.boss.redrive(dead, { limit: 1 })).toBe(1);
    await rig.boss.work(queue, QUICK, async () => undefined);
    await until('completion', () => rig.records(queue, 'job.completed')[0]);
    await rig.boss.offWork(queue);
    expect(idsOf(queue, 'job.revived')).toEqual(idsOf(queue, 'job.completed'));
    const [revived] = rig.records(queue, 'job.revived');
    const [first] = rig.records(queue, 'job.queued');
    expect(revived?.spanContext?.spanId).toBe(first?.spanContext?.spanId);
    expect(rig.records(dead)).toEqual([]);
    expect(await rig.boss.redrive(dead)).toBe(1);
    await rig.told();
    expect(rig.records(queue, 'job.revived')).toHaveLength(2);
    expect(await rig.boss.redrive(dead)).toBe(0);
    await rig.told();
    expect(rig.records(queue, 'job.revived')).toHaveLength(2);
  });

  test('redrive() - into another queue is told there', async () => {
    const { queue, dead } = await deadLetters(2);
    const destination = await rig.newQueue();
    expect(await rig.boss.redrive(dead, { destination })).toBe(2);
    await rig.told();
    expect(idsOf(queue, 'job.revived')).toEqual([]);
    const jobs = await rig.boss.findJobs(destination);
    expect(idsOf(destination, 'job.revived').sort()).toEqual(jobs.map(({ id }) => id).sort());
  });

  test('redrive() - reports no job where the database does not say which jobs came back, and within a transaction nothing is read', async () => {
    const { queue, dead } = await deadLetters(2);
    const other = rig.plain();
    await other.start();
    const inner = rig.plain();
    // Another process is as fast as this one.
    inner.redrive = async (name, options) => {
      const moved = await other.redrive(name, { ...options, limit: 1 });
      await other.redrive(name, { ...options, limit: 1 });
      return moved;
    };
    await rig.jobs.boss(inner).start();
    expect(await rig.jobs.boss(inner).redrive(dead)).toBe(1);
    await rig.told();
    expect(idsOf(queue, 'job.revived')).toEqual([]);
    await rig.pglite.transaction(async (transaction) => {
      const db = {
        executeSql: (text: string, values?: unknown[]) => transaction.query<object>(text, values),
      };
      expect(await rig.boss.redrive(dead, { db })).toBe(0);
    });
  });
});
