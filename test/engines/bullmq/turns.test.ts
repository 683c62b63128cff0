import type { JobsOptions, Queue } from 'bullmq';
import { describe, expect, test } from 'vitest';
import { noUnhandledRejections } from '../../promises/rejections.js';
import type { Mail } from './rig.js';
import { Rig, SECRET, until } from './rig.js';

const rig = new Rig();
noUnhandledRejections();

/** A mixture of all that can be added, by number. */
function optionsOf(i: number): JobsOptions {
  if (i % 7 === 0) return { jobId: `mine-${i % 35}` };
  if (i % 7 === 1) return { deduplication: { id: `same-${i % 14}` } };
  if (i % 7 === 2) return { delay: 60_000 };
  if (i % 7 === 3) return { priority: 0.5 };
  if (i % 7 === 4) return { delay: 60_000, deduplication: { id: 'replaced', replace: true } };
  return {};
}

async function ready(queue: Queue<Mail>): Promise<Queue<Mail>> {
  await queue.getVersion();
  return queue;
}

describe('what the app awaits is what BullMQ gives', () => {
  test('add() - 500 at once settle in the order in which they do without us', async () => {
    const orders = [await ready(rig.queue()), await ready(rig.rawQueue({}, `${rig.name}-raw`))].map(
      async (queue) => {
        const order: string[] = [];
        const adds = Array.from({ length: 500 }, (_, i) =>
          queue.add('welcome', SECRET, optionsOf(i)).then(
            ({ id }) => order.push(`${i} ${id?.replace(/^\d+$/, 'n')}`),
            () => order.push(`${i} refused`),
          ),
        );
        await Promise.all(adds);
        return order;
      },
    );
    const [observed, raw] = await Promise.all(orders);
    expect(observed).toEqual(raw);
  });

  test('add() - a worker on the same connection starts no job before its add() has resolved', async () => {
    const redis = { ...rig.connection, maxRetriesPerRequest: null };
    const { Redis } = await import('ioredis');
    const connection = new Redis(redis);
    rig.later(() => connection.disconnect());
    for (let i = 0; i < 40; i++) {
      const name = `${rig.name}-${i}`;
      const queue = rig.jobs.queue(rig.rawQueue({ connection }, name));
      await ready(queue);
      let resolved = false;
      let early: boolean | undefined;
      const worker = rig.worker(
        async () => {
          early = !resolved;
        },
        { connection, autorun: false },
        rig.jobs,
        name,
      );
      await worker.waitUntilReady();
      const running = worker.run();
      const options = i % 2 === 0 ? {} : { jobId: 'mine', deduplication: { id: 'same' } };
      const adding = queue.add('welcome', SECRET, options).then(() => {
        resolved = true;
      });
      for (const until = performance.now() + 5; performance.now() < until; );
      await adding;
      await until(() => early !== undefined);
      expect(early).toBe(false);
      await worker.close(true);
      await running;
    }
  });

  test('add() - one that replaces keeps its place before one that follows it', async () => {
    const orders = [await ready(rig.queue()), await ready(rig.rawQueue({}, `${rig.name}-raw`))].map(
      async (queue) => {
        const opts = { deduplication: { id: 'same', replace: true } };
        await Promise.all([
          queue.add('first', SECRET, opts),
          queue.add('second', SECRET),
          queue.addBulk([{ name: 'third', data: SECRET, opts: { jobId: 'mine' } }]),
          queue.add('fourth', SECRET),
        ]);
        return (await queue.getWaiting()).map(({ name }) => name);
      },
    );
    const [observed, raw] = await Promise.all(orders);
    expect(observed).toEqual(raw);
  });

  test('add() - settles as many turns after the answer as without us', async () => {
    const turns: number[] = [];
    for (const queue of [rig.queue(), rig.rawQueue({}, `${rig.name}-raw`)]) {
      await ready(queue);
      const backend = queue.getBackend();
      // An answer that is there at once: all that is left are turns.
      backend.addJobToTransaction = async () => '1';
      let settled = false;
      const adding = queue.add('welcome', SECRET, { deduplication: { id: 'same' } }).then(() => {
        settled = true;
      });
      let count = 0;
      for (; !settled && count < 1000; count++) await undefined;
      await adding;
      turns.push(count);
    }
    expect(turns[0]).toBe(turns[1]);
    expect(turns[0]).toBeLessThan(1000);
  });

  test('remove() and add() in one turn keep their order, and what was removed is told by what it was', async () => {
    const queue = await ready(rig.queue());
    await queue.add('first', SECRET, { jobId: 'one' });
    await Promise.all([queue.remove('one'), queue.add('second', SECRET, { jobId: 'one' })]);
    await rig.settled();
    expect((await queue.getJob('one'))?.name).toBe('second');
    expect(rig.records('job.abandoned')).toMatchObject([{ 'job.type': 'first' }]);
    expect(rig.records('job.queued').map((record) => record['job.type'])).toEqual(['first', 'second']);
  });

  test('what BullMQ refuses is thrown as it is', async () => {
    const queue = rig.queue();
    await expect(queue.add('welcome', SECRET, { priority: 0.5 })).rejects.toThrow(/float/);
    await expect(queue.addBulk([{ name: 'welcome', data: SECRET, opts: { priority: 0.5 } }])).rejects.toThrow(
      /float/,
    );
    expect(rig.records('job.rejected')).toHaveLength(2);
  });
});
