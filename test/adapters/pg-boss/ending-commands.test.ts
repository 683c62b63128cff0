import { fromPglite, PgBoss } from 'pg-boss';
import { createSignalbox, SignalboxError } from 'signalbox';
import { pgBossJobs } from 'signalbox/pg-boss';
import { describe, expect, test } from 'vitest';
import { QUICK, until, useRig } from './rig.js';

const rig = useRig();

async function sent(queue: string): Promise<string> {
  return (await rig.boss.send(queue, {})) ?? '';
}

test('boss() - of a class of the app stays what it is, its own methods included', () => {
  class ShopBoss extends PgBoss {
    greet(): string {
      return 'hello';
    }
  }
  const seen = pgBossJobs(createSignalbox()).boss(new ShopBoss('postgres://127.0.0.1:1/none'));
  expect(seen).toBeInstanceOf(ShopBoss);
  expect(seen.greet()).toBe('hello');
});

describe('commands of a boss', () => {
  test('cancel() - of waiting jobs ends each once, in the context of its enqueue', async () => {
    const queue = await rig.newQueue();
    const ids = [await sent(queue), await sent(queue)];
    await rig.boss.cancel(queue, ids);
    await rig.boss.cancel(queue, ids);
    await rig.told();
    const ends = rig.records(queue, 'job.abandoned');
    expect(ends.map(({ attributes }) => [attributes['job.id'], attributes['job.abandon.reason']])).toEqual(
      ids.map((id) => [id, 'cancelled']),
    );
    expect(ends[0]?.attributes['job.attempts']).toBe(0);
    expect(rig.enqueueOf(queue, ends[0])).toBe(rig.spans(queue, 'enqueue')[0]?.spanContext().spanId);
  });

  test('deleteJob() - a waiting job is abandoned, one that has ended is not', async () => {
    const queue = await rig.newQueue();
    const [waiting, done] = [await sent(queue), await sent(queue)];
    await rig.boss.complete(queue, done, null, { includeQueued: true });
    await rig.boss.deleteJob(queue, [waiting, done]);
    await rig.told();
    expect(rig.story(queue)).toEqual(['job.queued', 'job.queued', 'job.completed', 'job.abandoned']);
    expect(rig.records(queue, 'job.abandoned')[0]?.attributes).toMatchObject({
      'job.id': waiting,
      'job.abandon.reason': 'removed',
    });
  });

  test.each(['cancel', 'deleteJob', 'fail', 'resume', 'retry'] as const)(
    '%s() - within a transaction of the app nothing is read beside it: the command returns',
    async (command) => {
      const queue = await rig.newQueue();
      const id = await sent(queue);
      await rig.pglite.transaction(async (transaction) => {
        const db = {
          executeSql: (text: string, values?: unknown[]) => transaction.query<object>(text, values),
        };
        if (command === 'fail') await rig.boss.fail(queue, id, undefined, { db });
        else await rig.boss[command](queue, id, { db });
      });
      await rig.told();
      const ends = rig.records(queue, 'job.abandoned').map(({ attributes }) => attributes['job.id']);
      expect(ends).toEqual(command === 'cancel' ? [id] : []);
    },
  );

  test('resume() and retry() - bring back what had ended, and tell of that alone', async () => {
    const queue = await rig.newQueue();
    const [cancelled, failed, waiting] = [await sent(queue), await sent(queue), await sent(queue)];
    await rig.boss.cancel(queue, cancelled);
    await rig.boss.fail(queue, failed);
    await rig.boss.resume(queue, [cancelled, waiting]);
    await rig.boss.retry(queue, [failed, waiting]);
    await rig.told();
    expect(rig.records(queue, 'job.revived').map(({ attributes }) => attributes['job.id'])).toEqual([
      cancelled,
      failed,
    ]);
  });

  test('fail() - of a fetched job that has no retry left is its end; the data is not told', async () => {
    const queue = await rig.newQueue();
    const id = await sent(queue);
    const [job] = await rig.boss.fetch(queue);
    await rig.boss.fail(queue, job?.id ?? '', { secret: 'swordfish' });
    await rig.told();
    const [end] = rig.records(queue, 'job.abandoned');
    expect(end?.attributes).toMatchObject({ 'job.id': id, 'job.abandon.reason': 'max_attempts' });
    expect(JSON.stringify(end?.attributes)).not.toContain('swordfish');
  });

  test('fail() - of a job that runs here fails its attempt, once', async () => {
    const queue = await rig.newQueue({ retryLimit: 1, retryDelay: 60 });
    await rig.boss.work(queue, QUICK, async ([job]) => {
      await rig.boss.fail(queue, job?.id ?? '', new RangeError('by hand'));
    });
    await sent(queue);
    const span = await until('span', () => rig.spans(queue, 'process')[0]);
    await rig.boss.offWork(queue);
    await rig.told();
    expect(rig.story(queue)).toEqual(['job.queued', 'job.started', 'job.failed', 'job.retrying']);
    expect(span.attributes).toMatchObject({ 'error.type': 'RangeError', 'job.attempt.outcome': 'failed' });
    expect(rig.records(queue, 'job.retrying')[0]?.attributes['job.retry.delay']).toBeGreaterThan(58);
  });

  test('commands - answer what pg-boss answers', async () => {
    const queue = await rig.newQueue();
    const id = await sent(queue);
    expect(await rig.boss.cancel(queue, id)).toMatchObject({ affected: 1, settled: [id] });
    await expect(rig.boss.cancel(queue, '')).rejects.toThrow('cancel() requires an id');
  });
});

describe('pgBossJobs()', () => {
  test('pgBossJobs() - misuse fails at once, with the value and the fix', () => {
    const { box, jobs } = rig;
    // @ts-expect-error: no such way
    expect(() => pgBossJobs(box, { settle: 'perhaps' })).toThrow(/`settle` is 'perhaps'. Use 'exact' or/);
    // @ts-expect-error: no such way
    expect(() => pgBossJobs(box, { attemptLinks: true })).toThrow(SignalboxError);
    // @ts-expect-error: no list
    expect(() => pgBossJobs(box, { types: 'mail' })).toThrow(
      "pgBossJobs: `types` is 'mail'. Give a list of names of queues.",
    );
    // @ts-expect-error: no box
    expect(() => pgBossJobs({})).toThrow(SignalboxError);
    // @ts-expect-error: no boss
    expect(() => jobs.boss({})).toThrow(/Give a PgBoss/);
    // @ts-expect-error: no such option
    expect(() => jobs.monitor(rig.boss, 'q', { reconcil: false })).toThrow(
      /no option 'reconcil'\. Did you mean 'reconcile'/,
    );
    expect(() => jobs.monitor(rig.plain(), 'mail')).toThrow(/Give what jobs.boss returned/);
  });

  test('boss() - is the same for a boss that is observed already, and chained calls give it back', async () => {
    expect(rig.jobs.boss(rig.boss)).toBe(rig.boss);
    expect(rig.boss.on('wip', () => undefined)).toBe(rig.boss);
    expect(await rig.boss.start()).toBe(rig.boss);
  });

  test('options() - take a connection string, and leave what they are given as it was', () => {
    expect(rig.jobs.options('postgres://localhost/app')).toMatchObject({
      connectionString: 'postgres://localhost/app',
      openTelemetry: { propagateContext: true },
    });
    const given = { schema: 'jobs' };
    rig.jobs.options(given);
    expect(given).toEqual({ schema: 'jobs' });
  });

  test('pgBossJobs() - by `types` the names of other queues are no labels', async () => {
    const [listed, other] = [await rig.newQueue(), await rig.newQueue()];
    const box = createSignalbox();
    const boss = rig.observed({}, pgBossJobs(box, { types: [listed] }));
    await boss.start();
    await boss.send(listed, {});
    await boss.send(other, {});
    const points = await rig.otel.points('job.enqueued');
    const typeOf = (queue: string): unknown =>
      points.find(({ labels }) => labels['messaging.destination.name'] === queue)?.labels['job.type'];
    expect([typeOf(listed), typeOf(other)]).toEqual([listed, '_OTHER']);
    expect(rig.spans(other, 'enqueue').map(({ name }) => name)).toEqual([`enqueue ${other}`]);
    await box.shutdown();
  });

  test("pgBossJobs() - relation 'link' gives each attempt a trace of its own, linked to its enqueue", async () => {
    const boss = rig.observed({}, pgBossJobs(rig.box, { relation: 'link' }));
    await boss.start();
    const queue = await rig.newQueue();
    await boss.work(queue, QUICK, async () => undefined);
    await boss.send(queue, {});
    const span = await until('span', () => rig.spans(queue, 'process')[0]);
    await boss.offWork(queue);
    expect(span.parentSpanContext).toBeUndefined();
    expect(span.links).toMatchObject([
      {
        context: { spanId: rig.spans(queue, 'enqueue')[0]?.spanContext().spanId },
        attributes: { 'link.reason': 'enqueued_by' },
      },
    ]);
  });

  test('pgBossJobs() - on a box that is disabled the database is asked nothing more than unobserved', async () => {
    const queue = await rig.newQueue({ retryLimit: 1 });
    const asked = async (observe: boolean): Promise<string[]> => {
      const statements: string[] = [];
      const db = fromPglite(rig.pglite);
      const counting = {
        ...db,
        executeSql: (text: string, values?: unknown[]) => {
          statements.push(text);
          return db.executeSql(text, values);
        },
      };
      const box = createSignalbox();
      box.disable();
      const jobs = pgBossJobs(box);
      const boss = observe ? rig.observed({ db: counting }, jobs) : rig.plain({ db: counting });
      await boss.start();
      if (observe) await jobs.monitor(boss, queue).check();
      await boss.insert(queue, [{}]);
      const [fetched] = await boss.fetch(queue);
      await boss.complete(queue, fetched?.id ?? '');
      let runs = 0;
      await boss.work(queue, QUICK, async () => {
        if (runs++ === 0) throw new Error('once');
      });
      await boss.send(queue, {});
      await until('end', async () => {
        const jobsThere = await rig.boss.findJobs(queue);
        return runs === 2 && jobsThere.every(({ state }) => state === 'completed');
      });
      await boss.offWork(queue);
      await boss.deleteAllJobs(queue);
      // How often it polls is chance, and how it begins depends on its options.
      return statements.filter(
        (text) => /pgboss\.job\b|pg_attribute|UPDATE/.test(text) && !/SKIP LOCKED/.test(text),
      );
    };
    const raw = await asked(false);
    expect((await asked(true)).length).toBe(raw.length);
  });

  test('monitor() - of a box that is disabled later the gauges ask nothing', async () => {
    const queue = await rig.newQueue();
    let asked = 0;
    const db = fromPglite(rig.pglite);
    const executeSql = (text: string, values?: unknown[]) => {
      if (text.includes('AS oldest')) asked++;
      return db.executeSql(text, values);
    };
    const box = createSignalbox();
    const jobs = pgBossJobs(box);
    const boss = rig.observed({ db: { ...db, executeSql } }, jobs);
    await boss.start();
    const monitor = jobs.monitor(boss, queue);
    await rig.otel.points('job.queue.jobs');
    expect(asked).toBeGreaterThan(0);
    box.disable();
    const before = asked;
    // By then no earlier answer would do.
    const stale = performance.now() + 600;
    await until('the next look', () => performance.now() > stale);
    await rig.otel.points('job.queue.jobs');
    monitor.stop();
    expect(asked).toBe(before);
  });

  test('boss() - of one that was started before the first command is told in full, once it has answered anything', async () => {
    const queue = await rig.newQueue();
    const id = await sent(queue);
    const started = rig.plain();
    await started.start();
    const boss = rig.jobs.boss(started);
    await boss.getQueue(queue);
    await boss.deleteJob(queue, id);
    await rig.told();
    expect(rig.records(queue, 'job.abandoned').map(({ attributes }) => attributes['job.id'])).toEqual([id]);
  });

  test('boss() - before its start a database of its own hears no error, and its columns are found later', async () => {
    const statements: string[] = [];
    const db = fromPglite(rig.pglite);
    const failures: unknown[] = [];
    const executeSql = async (text: string, values?: unknown[]) => {
      statements.push(text);
      try {
        return await db.executeSql(text, values);
      } catch (error) {
        failures.push(error);
        throw error;
      }
    };
    const schema = 'not_there_yet';
    const boss = rig.observed({ schema, db: { ...db, executeSql } });
    await until('the question', () => statements[0]);
    await rig.told();
    expect(failures).toEqual([]);
    await boss.start();
    await boss.createQueue('own');
    const id = (await boss.send('own', {})) ?? '';
    await boss.deleteJob('own', id);
    await rig.told();
    expect(rig.story('own')).toEqual(['job.queued', 'job.abandoned']);
  });

  test('monitor() - of a boss that another box observes is refused, and says whom to ask', () => {
    const other = pgBossJobs(createSignalbox());
    other.boss(rig.boss);
    expect(() => other.monitor(rig.boss, 'mail')).toThrow(/observed by another box/);
  });

  test('pgBossJobs() - on a box that is disabled the jobs run all the same', async () => {
    const box = createSignalbox();
    const boss = rig.observed({}, pgBossJobs(box));
    box.disable();
    await boss.start();
    const queue = await rig.newQueue({ retryLimit: 1 });
    const seen: unknown[] = [];
    await boss.work(queue, QUICK, async ([job]) => {
      seen.push(job?.data);
      if (seen.length === 1) throw new Error('once');
    });
    const id = (await boss.send(queue, { n: 1 })) ?? '';
    await until('end', async () => (await rig.row(queue, id)).state === 'completed');
    await boss.offWork(queue);
    expect(seen).toEqual([{ n: 1 }, { n: 1 }]);
    expect(rig.records(queue)).toEqual([]);
  });

  test('cancel() - by a process that did not send it: a settle span tells it, tied to the enqueue', async () => {
    const queue = await rig.newQueue();
    const id = (await rig.boss.send(queue, {})) ?? '';
    const box = createSignalbox();
    const other = rig.observed({}, pgBossJobs(box));
    await other.start();
    await other.cancel(queue, id);
    await box.forceFlush();
    const [settled, ...more] = rig.spans(queue, 'settle');
    expect(more).toEqual([]);
    expect(settled?.attributes).toMatchObject({
      'job.id': id,
      'job.type': queue,
      'job.outcome': 'abandoned',
      'job.abandon.reason': 'cancelled',
    });
    expect(settled?.status.code).toBe(0);
    const [end] = rig.records(queue, 'job.abandoned');
    expect(rig.enqueueOf(queue, end)).toBe(rig.spans(queue, 'enqueue')[0]?.spanContext().spanId);
  });

  test('complete() - of a job that runs elsewhere: its end is tied to the enqueue', async () => {
    const queue = await rig.newQueue();
    const id = (await rig.boss.send(queue, {})) ?? '';
    const stranger = rig.plain();
    await stranger.start();
    await stranger.fetch(queue);
    await rig.boss.complete(queue, id);
    await rig.told();
    const [end] = rig.records(queue, 'job.completed');
    expect(end?.attributes).toMatchObject({ 'job.id': id, 'job.attempts': 1 });
    expect(rig.enqueueOf(queue, end)).toBe(rig.spans(queue, 'enqueue')[0]?.spanContext().spanId);
    expect(rig.spans(queue, 'settle')[0]?.attributes['job.outcome']).toBe('completed');
  });
});
