import { randomUUID } from 'node:crypto';
import type { Attributes } from '@opentelemetry/api';
import { trace } from '@opentelemetry/api';
import { createPostgresBackend, Queue, Worker } from 'bullmq';
import { createSignalbox } from 'signalbox';
import type { BullMQJobs } from 'signalbox/bullmq';
import { bullmqJobs } from 'signalbox/bullmq';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { TestOtel } from '../../support/otel.js';
import { resetOtel, startOtel } from '../../support/otel.js';
import type { Postgres } from '../support/postgres.js';
import { startPostgres } from '../support/postgres.js';
import { gate, until } from './rig.js';

const DATA = { to: 'ada' };

describe('workers and monitors of BullMQ on PostgreSQL', () => {
  let postgres: Postgres;
  let connectionString: string;
  let otel: TestOtel;
  let jobs: BullMQJobs;
  let name: string;
  let release: (() => unknown)[];

  beforeAll(async () => {
    postgres = await startPostgres();
    connectionString = await postgres.database();
  });
  afterAll(() => postgres?.stop());
  beforeEach(() => {
    otel = startOtel();
    jobs = bullmqJobs(createSignalbox(), { types: ['welcome'] });
    name = `mail-${randomUUID().slice(0, 8)}`;
    release = [];
  });
  afterEach(async () => {
    for (const end of release.reverse()) await end();
    await otel.shutdown();
    resetOtel();
  });

  function connection(): { connectionString: string; migrate: boolean } {
    return { connectionString, migrate: true };
  }

  function rawQueue() {
    const queue = new Queue(name, { connection: connection() }, createPostgresBackend);
    release.push(() => queue.close());
    return queue;
  }

  function worker(handler: () => Promise<unknown>) {
    const made = jobs.worker(
      () => handler(),
      (processor) => new Worker(name, processor, { connection: connection() }, createPostgresBackend),
    );
    release.push(() => made.close());
    return made;
  }

  function monitored(queue: ReturnType<typeof rawQueue>): void {
    const watching = jobs.monitor(queue as never);
    release.push(() => watching.stop());
  }

  async function depth(): Promise<Record<string, unknown>> {
    const points = await otel.points('queue.jobs');
    return Object.fromEntries(points.map(({ labels, value }) => [String(labels['job.state']), value]));
  }

  async function told(event: string, count = 1): Promise<Attributes[]> {
    await until(() => otel.logs(event).length >= count, `${count} of ${event}`);
    return otel.logs(event).map(({ attributes }) => attributes as Attributes);
  }

  function waits(): unknown[] {
    return otel
      .spans()
      .filter(({ attributes }) => attributes['messaging.operation.name'] === 'process')
      .map(({ attributes }) => attributes['job.wait.duration']);
  }

  test('a paused queue - all that wait are paused, those with a priority too', async () => {
    const queue = rawQueue();
    await queue.pause();
    for (const priority of [0, 0, 5]) await queue.add('welcome', DATA, { priority });
    await queue.add('welcome', DATA, { delay: 60_000 });
    monitored(queue);
    expect(await depth()).toEqual({ waiting: 0, paused: 3, delayed: 1, active: 0, blocked: 0 });
    await queue.resume();
    await new Promise((done) => setTimeout(done, 550));
    expect(await depth()).toMatchObject({ waiting: 3, paused: 0 });
  });

  test('the age is that of the oldest, which is at the other end than on Redis', async () => {
    const queue = rawQueue();
    for (const age of [30_000, 20_000, 10_000])
      await queue.add('welcome', DATA, { timestamp: Date.now() - age });
    monitored(queue);
    expect((await otel.points('queue.oldest.age'))[0]?.value).toBeCloseTo(30, 0);
  });

  test('retryJobs() sets the counts back there - wait and turnaround are not from the first add', async () => {
    const queue = rawQueue();
    jobs.queue(queue as never);
    let works = false;
    worker(async () => {
      if (!works) throw new Error('not yet');
    });
    await queue.add('welcome', DATA);
    await told('job.abandoned');
    await until(async () => (await queue.getFailedCount()) === 1);
    await new Promise((done) => setTimeout(done, 500));
    works = true;
    await queue.retryJobs();
    const [record] = await told('job.completed');
    expect(await told('job.revived')).toHaveLength(1);
    expect(Number(waits()[1] ?? 0)).toBeLessThan(0.4);
    expect(Number(record?.['job.turnaround.duration'] ?? 0)).toBeLessThan(0.4);
  });

  test('getNextJob(), moveToFailed() and moveToCompleted() - told as on Redis', async () => {
    const queue = rawQueue();
    const asked = jobs.worker(
      null,
      () => new Worker(name, null, { connection: connection() }, createPostgresBackend),
    );
    release.push(() => asked.close());
    await queue.add('welcome', DATA, { attempts: 2 });
    await (await asked.getNextJob('token'))?.moveToFailed(new TypeError('no'), 'token');
    await (await asked.getNextJob('token'))?.moveToCompleted('done', 'token', false);
    expect(await told('job.failed')).toMatchObject([{ 'error.type': 'TypeError' }]);
    expect(await told('job.completed')).toMatchObject([{ 'job.attempts': 2 }]);
  });

  test('a job that another worker lost is told as stalled, with what is stored of it', async () => {
    const queue = rawQueue();
    const go = gate();
    const losing = new Worker(
      name,
      () => go.opened,
      { connection: connection(), lockDuration: 100, skipLockRenewal: true, skipStalledCheck: true },
      createPostgresBackend,
    );
    losing.on('error', () => undefined);
    release.push(() => losing.close());
    await queue.add('welcome', DATA, { attempts: 2 });
    await until(async () => (await queue.getActiveCount()) === 1);
    const finding = jobs.worker(
      async () => undefined,
      (processor) =>
        new Worker(
          name,
          processor,
          { connection: connection(), stalledInterval: 150 },
          createPostgresBackend,
        ),
    );
    release.push(() => finding.close());
    expect(await told('job.stalled')).toMatchObject([{ 'job.type': 'welcome', 'job.attempt.number': 1 }]);
    await told('job.completed');
    go.open();
  });

  test('queues of the same name in two schemas - a job of the one is none of the other', async () => {
    const schemas = ['one', 'two'].map((schema) => ({ ...connection(), schema }));
    const asked = schemas.map((there) => {
      const made = jobs.worker(
        null,
        () => new Worker(name, null, { connection: there }, createPostgresBackend),
      );
      release.push(() => made.close());
      return made;
    });
    for (const there of schemas) {
      const queue = new Queue(name, { connection: there }, createPostgresBackend);
      release.push(() => queue.close());
      await queue.add('welcome', DATA, { jobId: 'same' });
    }
    const [first, second] = await Promise.all(asked.map((worker) => worker.getNextJob('token')));
    if (!first || !second) throw new Error('there is none');
    const traceOf = (job: typeof first): Promise<unknown> =>
      jobs.within(job, () => trace.getActiveSpan()?.spanContext().spanId);
    const ids = [await traceOf(first), await traceOf(second)];
    expect(ids[0]).not.toBe(ids[1]);
    await first.moveToCompleted('done', 'token', false);
    await second.moveToFailed(new TypeError('no'), 'token');
    expect(
      otel
        .spans()
        .filter(({ attributes }) => attributes['messaging.operation.name'] === 'process')
        .map((span) => [span.spanContext().spanId, span.attributes['job.attempt.outcome']]),
    ).toEqual([
      [ids[0], 'completed'],
      [ids[1], 'failed'],
    ]);
  });
});
