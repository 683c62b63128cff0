import { randomUUID } from 'node:crypto';
import { createPostgresBackend, FlowProducer, Queue } from 'bullmq';
import { createSignalbox } from 'signalbox';
import type { BullMQJobs } from 'signalbox/bullmq';
import { bullmqJobs } from 'signalbox/bullmq';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { TestOtel } from '../../support/otel.js';
import { resetOtel, startOtel } from '../../support/otel.js';
import type { Postgres } from '../support/postgres.js';
import { startPostgres } from '../support/postgres.js';

const DATA = { to: 'ada' };

describe('BullMQ on PostgreSQL', () => {
  let postgres: Postgres;
  let connectionString: string;
  let otel: TestOtel;
  let jobs: BullMQJobs;
  let settled: () => Promise<unknown>;
  let name: string;
  let release: (() => unknown)[];

  beforeAll(async () => {
    postgres = await startPostgres();
    connectionString = await postgres.database();
  });
  afterAll(() => postgres?.stop());
  beforeEach(() => {
    otel = startOtel();
    const box = createSignalbox();
    jobs = bullmqJobs(box, { types: ['welcome'] });
    settled = () => box.forceFlush();
    name = `mail-${randomUUID().slice(0, 8)}`;
    release = [];
  });
  afterEach(async () => {
    for (const end of release.reverse()) await end();
    await otel.shutdown();
    resetOtel();
  });

  // One connection answers in the order asked. Of a pool with more a look may come too late, and what it does not find is left out.
  // A connection to PostgreSQL has no place in the options' own type here.
  function rawQueue(schema?: string) {
    const connection = {
      connectionString,
      migrate: true,
      max: 1,
      ...(schema === undefined ? {} : { schema }),
    };
    const queue = new Queue(name, { connection }, createPostgresBackend);
    release.push(() => queue.close());
    return queue;
  }

  function told(event: string, key: string): unknown[] {
    return otel.logs(event).map(({ attributes }) => (attributes as Record<string, unknown>)[key]);
  }

  test('queue() - takes it with its type, and tells its jobs', async () => {
    const raw = rawQueue();
    const queue = jobs.queue(raw);
    expect(queue).toBe(raw);
    const job = await queue.add('welcome', DATA, { attempts: 2 });
    await queue.add('welcome', DATA, { jobId: 'mine' });
    await queue.add('welcome', DATA, { jobId: 'mine' });
    await queue.add('welcome', DATA, { deduplication: { id: 'same' } });
    await queue.add('welcome', DATA, { deduplication: { id: 'same' } });
    await settled();
    expect(told('job.queued', 'job.id')).toEqual([job.id, 'mine', expect.any(String)]);
    expect(told('job.duplicate', 'job.id')).toEqual(['mine', told('job.queued', 'job.id')[2]]);
  });

  test('addBulk() - a job whose parent is gone is refused, whatever the type of the code', async () => {
    const queue = jobs.queue(rawQueue());
    const parent = { id: 'gone', queue: queue.qualifiedName };
    const [, refused] = await queue.addBulk([
      { name: 'welcome', data: DATA },
      { name: 'welcome', data: DATA, opts: { parent } },
    ]);
    expect(refused?.id).toBe('-5');
    await settled();
    expect(told('job.queued', 'job.id')).toHaveLength(1);
    expect(told('job.rejected', 'job.reject.reason')).toEqual(['invalid']);
  });

  test('flows - what is refused is told so, and what is removed ends each once', async () => {
    const flows = new FlowProducer(
      { connection: { connectionString, migrate: true, max: 1 } as never },
      createPostgresBackend as never,
    );
    release.push(() => flows.close());
    jobs.flowProducer(flows);
    const child = { name: 'welcome', queueName: name, data: DATA };
    await flows.addBulk([{ ...child, opts: { parent: { id: 'gone', queue: name } } }]);
    const { job } = await flows.add({ ...child, children: [child, child] });
    await job.remove();
    await settled();
    expect(told('job.rejected', 'job.reject.reason')).toEqual(['invalid']);
    expect(told('job.queued', 'job.id')).toHaveLength(3);
    expect(told('job.abandoned', 'job.id').sort()).toEqual(told('job.queued', 'job.id').sort());
  });

  test('remove() and clean() - tell what had not ended', async () => {
    const queue = jobs.queue(rawQueue());
    const { id } = await queue.add('welcome', DATA);
    expect(await queue.remove(id ?? '')).toBe(1);
    const other = await queue.add('welcome', DATA, { delay: 60_000 });
    expect(await queue.clean(-1, 10, 'delayed')).toEqual([other.id]);
    await settled();
    expect(told('job.abandoned', 'job.id')).toEqual([id, other.id]);
    expect(told('job.abandoned', 'job.abandon.reason')).toEqual(['removed', 'removed']);
  });

  test('a queue in another schema is told apart by it', async () => {
    await jobs.queue(rawQueue('shop')).add('welcome', DATA);
    await jobs.queue(rawQueue()).add('welcome', DATA);
    expect(told('job.queued', 'queue.namespace')).toEqual(['shop', undefined]);
  });
});
