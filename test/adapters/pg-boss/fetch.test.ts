import { fromPglite } from 'pg-boss';
import { describe, expect, test } from 'vitest';
import { QUICK, until, useRig } from './rig.js';

const rig = useRig();

describe('fetch()', () => {
  test.each([{}, { includeMetadata: true }])(
    'fetch() - a job that the app fetches and completes has an attempt, in the trace of its send (%j)',
    async (options) => {
      const queue = await rig.newQueue();
      const id = await rig.boss.send(queue, {}, { priority: 3 });
      const [job] = await rig.boss.fetch(queue, options);
      await rig.boss.complete(queue, job?.id ?? '');
      await rig.told();
      expect(rig.story(queue)).toEqual(['job.queued', 'job.started', 'job.completed']);
      const [span] = rig.spans(queue, 'process');
      expect(span?.parentSpanContext?.spanId).toBe(rig.spans(queue, 'enqueue')[0]?.spanContext().spanId);
      expect(span?.attributes).toMatchObject({
        'job.id': id,
        'job.attempt.number': 1,
        'job.max_attempts': 1,
        'job.attempt.outcome': 'completed',
      });
      expect(span?.attributes['job.wait.duration']).toBeGreaterThan(0);
      const [end] = rig.records(queue, 'job.completed');
      expect(end?.attributes['job.duration']).toBeGreaterThan(0);
      expect(end?.spanContext?.spanId).toBe(span?.spanContext().spanId);
    },
  );

  test('fetch() - the app gets what it gets unobserved', async () => {
    const queue = await rig.newQueue();
    const raw = rig.plain();
    await raw.start();
    const keys: string[][] = [];
    for (const boss of [raw, rig.boss]) {
      await boss.send(queue, {});
      keys.push(Object.keys((await boss.fetch(queue))[0] ?? {}));
    }
    expect(keys[1]).toEqual(keys[0]);
    expect(await rig.boss.fetch(queue)).toEqual([]);
  });

  test('fetch() - one that fails is retried, and the next attempt links to it', async () => {
    const queue = await rig.newQueue({ retryLimit: 1 });
    await rig.boss.send(queue, {});
    for (const message of ['first', 'second']) {
      const [job] = await rig.boss.fetch(queue);
      await rig.boss.fail(queue, job?.id ?? '', new RangeError(message));
      await rig.told();
    }
    expect(rig.story(queue)).toEqual([
      'job.queued',
      'job.started',
      'job.failed',
      'job.retrying',
      'job.started',
      'job.failed',
      'job.abandoned',
    ]);
    const [first, second] = rig.spans(queue, 'process');
    expect(second?.attributes['job.attempt.number']).toBe(2);
    expect(second?.links[0]?.context.spanId).toBe(first?.spanContext().spanId);
    const ends = rig.records(queue, 'job.abandoned');
    expect(ends.map(({ attributes }) => attributes['job.abandon.reason'])).toEqual(['max_attempts']);
  });

  test('fetch() - several jobs have an attempt each, in traces of their own, settled one by one', async () => {
    const queue = await rig.newQueue();
    await rig.boss.insert(queue, [{}, {}, {}]);
    const jobs = await rig.boss.fetch(queue, { batchSize: 3 });
    const [done, failed, left] = jobs.map(({ id }) => id);
    await rig.boss.complete(queue, done ?? '');
    await rig.boss.fail(queue, failed ?? '');
    await rig.boss.cancel(queue, left ?? '');
    await rig.told();
    const spans = rig.spans(queue, 'process');
    expect(spans.map(({ attributes }) => attributes['job.attempt.outcome']).sort()).toEqual([
      'completed',
      'failed',
      'lost',
    ]);
    for (const span of spans) {
      expect(span.parentSpanContext).toBeUndefined();
      expect(span.links).toHaveLength(1);
    }
    expect(rig.records(queue, 'job.completed')).toHaveLength(1);
    expect(rig.records(queue, 'job.abandoned')).toHaveLength(2);
  });

  test('fetch() - a job that is deleted while it runs is abandoned once, and its span ends', async () => {
    const queue = await rig.newQueue();
    await rig.boss.send(queue, {});
    const [job] = await rig.boss.fetch(queue);
    await rig.boss.deleteJob(queue, job?.id ?? '');
    await rig.boss.complete(queue, job?.id ?? '');
    await rig.told();
    expect(rig.story(queue)).toEqual(['job.queued', 'job.started', 'job.abandoned']);
    expect(rig.spans(queue, 'process')).toHaveLength(1);
  });

  test('fetch() - a job that is settled at once is told in order', async () => {
    const queue = await rig.newQueue();
    await rig.boss.send(queue, {});
    await rig.boss.fetch(queue).then(([job]) => rig.boss.complete(queue, job?.id ?? ''));
    await rig.told();
    expect(rig.story(queue)).toEqual(['job.queued', 'job.started', 'job.completed']);
  });

  test('fetch() - within a transaction the attempt is told with what pg-boss hands out', async () => {
    const queue = await rig.newQueue();
    await rig.boss.send(queue, {});
    await rig.pglite.transaction(async (transaction) => {
      const db = {
        executeSql: (text: string, values?: unknown[]) => transaction.query<object>(text, values),
      };
      const [job] = await rig.boss.fetch(queue, { db, includeMetadata: true });
      await rig.boss.fail(queue, job?.id ?? '', new RangeError('no'), { db });
    });
    await rig.told();
    expect(rig.story(queue)).toEqual(['job.queued', 'job.started', 'job.failed', 'job.abandoned']);
    expect(rig.spans(queue, 'process')[0]?.attributes['error.type']).toBe('RangeError');
  });

  test('fetch() - a job that nobody settles in its time is told as timed out, once, with a monitor and without', async () => {
    const queue = await rig.newQueue({ expireInSeconds: 1 });
    const monitor = rig.jobs.monitor(rig.boss, queue, { failureRate: false });
    await monitor.check();
    await rig.boss.send(queue, {});
    await rig.boss.fetch(queue);
    await until('expiry', async () => {
      await rig.boss.supervise(queue);
      await new Promise((resolve) => setTimeout(resolve, 100));
      await monitor.check();
      return rig.records(queue, 'job.abandoned')[0];
    });
    await monitor.check();
    monitor.stop();
    expect(rig.story(queue).filter((name) => name.startsWith('job.'))).toEqual([
      'job.queued',
      'job.started',
      'job.failed',
      'job.abandoned',
    ]);
    const [span] = rig.spans(queue, 'process');
    expect(span?.attributes).toMatchObject({ 'error.type': 'timeout', 'job.attempt.outcome': 'failed' });
    expect(rig.records(queue, 'job.abandoned')[0]?.attributes['job.abandon.reason']).toBe('timeout');
  });

  test.each([
    [
      'its time was over',
      "UPDATE pgboss.job SET started_on = started_on - interval '1 hour' WHERE name = $1",
      'failed',
    ],
    ['somebody failed it', "UPDATE pgboss.job SET state = 'retry' WHERE name = $1", 'lost'],
  ])(
    'fetch() - a job that is fetched again, since %s, ends the attempt before it',
    async (_, sql, outcome) => {
      const queue = await rig.newQueue({ retryLimit: 1 });
      await rig.boss.send(queue, {});
      await rig.boss.fetch(queue);
      await rig.told();
      await rig.pglite.query(sql, [queue]);
      const job = await until('second fetch', async () => {
        await rig.pglite.query(
          'UPDATE pgboss.queue SET maintain_on = NULL, monitor_on = NULL WHERE name = $1',
          [queue],
        );
        await rig.boss.supervise(queue);
        return (await rig.boss.fetch(queue))[0];
      });
      await rig.boss.complete(queue, job.id);
      await rig.told();
      const spans = rig.spans(queue, 'process');
      expect(spans.map(({ attributes }) => attributes['job.attempt.outcome'])).toEqual([
        outcome,
        'completed',
      ]);
      expect(spans[1]?.links.map(({ context }) => context.spanId)).toEqual([spans[0]?.spanContext().spanId]);
      expect(rig.records(queue, 'job.stalled')).toEqual([]);
      const active = await rig.otel.points('job.active');
      const mine = active.filter(({ labels }) => labels['messaging.destination.name'] === queue);
      expect(mine.map(({ value }) => value)).toEqual([0]);
    },
  );

  test('work() - of a job that was fetched before, and that nobody settled, ends that attempt', async () => {
    const queue = await rig.newQueue({ retryLimit: 1 });
    await rig.boss.send(queue, {});
    await rig.boss.fetch(queue);
    await rig.told();
    await rig.pglite.query("UPDATE pgboss.job SET state = 'retry' WHERE name = $1", [queue]);
    await rig.boss.work(queue, QUICK, async () => undefined);
    await until('completion', () => rig.records(queue, 'job.completed')[0]);
    await rig.boss.offWork(queue);
    const outcomes = rig.spans(queue, 'process').map(({ attributes }) => attributes['job.attempt.outcome']);
    expect(outcomes).toEqual(['lost', 'completed']);
  });

  test('fetch() - while the table can not be read an attempt stays open', async () => {
    const queue = await rig.newQueue({ expireInSeconds: 1 });
    let down = false;
    let asked = 0;
    const db = fromPglite(rig.pglite);
    const failing = {
      executeSql: (text: string, values?: unknown[]) => {
        if (!down || !text.includes('"retryCount"')) return db.executeSql(text, values);
        asked++;
        return Promise.reject(new Error('away'));
      },
    };
    const boss = rig.observed({ db: { ...db, ...failing } });
    await boss.start();
    await boss.send(queue, {});
    const [job] = await boss.fetch(queue);
    await rig.told();
    down = true;
    await until('a look', () => asked > 0);
    await rig.told();
    expect(rig.spans(queue, 'process')).toEqual([]);
    down = false;
    await boss.complete(queue, job?.id ?? '');
    await rig.told();
    expect(rig.story(queue)).toEqual(['job.queued', 'job.started', 'job.completed']);
    await boss.stop({ graceful: false, close: false });
  });

  test('fetch() - of a boss that has stopped nothing is looked at', async () => {
    const queue = await rig.newQueue({ expireInSeconds: 1 });
    const looks: string[] = [];
    const bosses = ['stopped', 'works'].map((name) => {
      const db = fromPglite(rig.pglite);
      const executeSql = (text: string, values?: unknown[]) => {
        if (text.includes('"retryCount"') && text.includes('jsonb_build_object')) looks.push(name);
        return db.executeSql(text, values);
      };
      return rig.observed({ db: { ...db, executeSql } });
    });
    for (const boss of bosses) {
      await boss.start();
      await boss.send(queue, {});
      await boss.fetch(queue);
    }
    await rig.told();
    looks.length = 0;
    await bosses[0]?.stop({ graceful: false, close: false });
    await until('the later look', () => looks.includes('works'));
    expect(looks).not.toContain('stopped');
    await bosses[1]?.stop({ graceful: false, close: false });
  });

  test('fetch() - one whose time is over and that another takes is told as stalled nowhere', async () => {
    const queue = await rig.newQueue({ expireInSeconds: 1, retryLimit: 1 });
    await rig.boss.send(queue, {});
    await rig.boss.fetch(queue);
    await until('expiry', async () => {
      await rig.boss.supervise(queue);
      await new Promise((resolve) => setTimeout(resolve, 100));
      return rig.records(queue, 'job.retrying')[0];
    });
    const [job] = await rig.boss.fetch(queue);
    await rig.boss.complete(queue, job?.id ?? '');
    await rig.told();
    expect(rig.story(queue)).toEqual([
      'job.queued',
      'job.started',
      'job.failed',
      'job.retrying',
      'job.started',
      'job.completed',
    ]);
  });
});
