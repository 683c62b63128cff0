import type { Db } from 'pg-boss';
import { fromPglite, PgBoss } from 'pg-boss';
import { describe, expect, test, vi } from 'vitest';
import { until, useRig } from './rig.js';

const rig = useRig();

/** Runs something in a transaction, and gives it what pg-boss takes for it. */
function transaction<T>(run: (db: Db) => Promise<T>): Promise<T> {
  return rig.pglite.transaction((inside) =>
    run({
      executeSql: (text: string, values?: unknown[]) => inside.query<object>(text, values) as never,
    } as Db),
  ) as Promise<T>;
}

const enqueued = (queue: string): (string | undefined)[] =>
  rig.spans(queue, 'enqueue').map((span) => span.spanContext().spanId);

/** Fetches two jobs within a transaction, and completes them there. */
function completeBoth(queue: string): Promise<void> {
  return transaction(async (db) => {
    const jobs = await rig.boss.fetch(queue, { batchSize: 2, db });
    const ids = jobs.map(({ id }) => id);
    await rig.boss.complete(queue, ids, null, { db });
  });
}

describe('a job that is fetched in a transaction', () => {
  test.each([{}, { includeMetadata: true }])(
    'fetch() - its attempt is in the trace of its send, and ends with the settling there (%j)',
    async (options) => {
      const queue = await rig.newQueue();
      await rig.boss.send(queue, {});
      await transaction(async (db) => {
        const [job] = await rig.boss.fetch(queue, { ...options, db });
        await rig.boss.complete(queue, job?.id ?? '', null, { db });
      });
      await rig.told();
      expect(rig.story(queue)).toEqual(['job.queued', 'job.started', 'job.completed']);
      const [span] = rig.spans(queue, 'process');
      expect([span?.parentSpanContext?.spanId]).toEqual(enqueued(queue));
      expect(span?.attributes['job.wait.duration'] !== undefined).toBe('includeMetadata' in options);
    },
  );

  test.each([
    { options: {}, outcome: 'lost' },
    { options: { includeMetadata: true }, outcome: 'failed' },
  ])('fail() - its attempt ends there: as $outcome with $options', async ({ options, outcome }) => {
    const queue = await rig.newQueue({ retryLimit: 1 });
    await rig.boss.send(queue, {});
    await transaction(async (db) => {
      const [job] = await rig.boss.fetch(queue, { ...options, db });
      await rig.boss.fail(queue, job?.id ?? '', new Error('no'), { db });
    });
    await rig.told();
    expect(rig.spans(queue, 'process').map(({ attributes }) => attributes['job.attempt.outcome'])).toEqual([
      outcome,
    ]);
  });

  test('fetch() - of several each has a link to its own send', async () => {
    const queue = await rig.newQueue();
    const ids = [await rig.boss.send(queue, {}), await rig.boss.send(queue, {})];
    await completeBoth(queue);
    await rig.told();
    const links = ids.map((id) => {
      const span = rig.spans(queue, 'process').find(({ attributes }) => attributes['job.id'] === id);
      return span?.links.map(({ context }) => context.spanId);
    });
    expect(links).toEqual(enqueued(queue).map((id) => [id]));
  });

  test('fetch() - where not all carry something, none is said to be of another', async () => {
    const queue = await rig.newQueue();
    const plain = rig.plain({ openTelemetry: { enabled: false } });
    await plain.start();
    await plain.send(queue, {});
    await rig.boss.send(queue, {});
    await completeBoth(queue);
    await rig.told();
    expect(rig.spans(queue, 'process').map(({ links }) => links)).toEqual([[], []]);
  });
});

test('fetch() - by a class that calls it later, its attempt is in the trace that the table has', async () => {
  class Patient extends PgBoss {
    override async fetch(...args: never[]): Promise<never> {
      await Promise.resolve();
      return (super.fetch as (...given: never[]) => Promise<never>)(...args);
    }
  }
  const queue = await rig.newQueue();
  const boss = rig.jobs.boss(new Patient(rig.jobs.options(rig.options())));
  await boss.start();
  await boss.send(queue, {});
  const [job] = (await boss.fetch(queue as never)) as unknown as { id: string }[];
  await boss.complete(queue, job?.id ?? '');
  await rig.told();
  expect(rig.spans(queue, 'process').map((span) => span.parentSpanContext?.spanId)).toEqual(enqueued(queue));
  await boss.stop({ graceful: false, close: false });
});

/** An app's own, whose jobs have only what its code asks for. */
class Frugal extends PgBoss {
  kept: readonly string[] = ['id', 'data'];
  override async fetch(...args: never[]): Promise<never> {
    const jobs = await (super.fetch as (...given: never[]) => Promise<object[]>)(...args);
    return jobs.map((job) =>
      Object.fromEntries(Object.entries(job).filter(([key]) => this.kept.includes(key))),
    ) as never;
  }
}

test('fetch() - by a class whose jobs do not say when their time is over, the table does', async () => {
  const queue = await rig.newQueue({ expireInSeconds: 1234 });
  const boss = rig.jobs.boss(new Frugal(rig.jobs.options(rig.options())));
  await boss.start();
  await boss.send(queue, {});
  const timers = vi.spyOn(globalThis, 'setTimeout');
  const [job] = (await boss.fetch(queue as never)) as unknown as { id: string }[];
  await rig.told();
  const waits = timers.mock.calls.map(([, millis]) => millis);
  timers.mockRestore();
  expect(waits).not.toContain(Number.NaN);
  expect(Math.max(...waits.map(Number))).toBeGreaterThan(1_000_000);
  await boss.complete(queue, job?.id ?? '');
  await rig.told();
  expect(rig.story(queue)).toEqual(['job.queued', 'job.started', 'job.completed']);
  await boss.stop({ graceful: false, close: false });
});

test('fetch() - in a transaction, by a class whose jobs do not say which attempt it is, one that runs on is not lost', async () => {
  const queue = await rig.newQueue({ expireInSeconds: 1 });
  const inner = fromPglite(rig.pglite);
  let looks = 0;
  const executeSql = async (text: string, values?: unknown[]) => {
    const result = await inner.executeSql(text, values);
    if (text.includes('jsonb_build_object') && text.includes('"retryCount"')) looks++;
    return result;
  };
  const boss = rig.jobs.boss(new Frugal(rig.jobs.options(rig.options({ db: { ...inner, executeSql } }))));
  boss.kept = ['id', 'data', 'expireInSeconds'];
  await boss.start();
  await boss.send(queue, {});
  const [job] = await transaction(
    (db) => boss.fetch(...([queue, { db }] as never[])) as unknown as Promise<{ id: string }[]>,
  );
  await until('a look at the table', () => looks > 0);
  await boss.complete(queue, job?.id ?? '');
  await rig.told();
  expect(rig.story(queue)).toEqual(['job.queued', 'job.started', 'job.completed']);
  const [span] = rig.spans(queue, 'process');
  expect(span?.attributes['job.attempt.outcome']).toBe('completed');
  await boss.stop({ graceful: false, close: false });
});

test('fetch() - where the table can not be read, its attempt is in the trace of its send', async () => {
  const queue = await rig.newQueue();
  const db = fromPglite(rig.pglite);
  const executeSql = (text: string, values?: unknown[]) =>
    text.includes('jsonb_build_object') && text.includes('"retryCount"')
      ? Promise.reject(new Error('away'))
      : db.executeSql(text, values);
  const boss = rig.observed({ db: { ...db, executeSql } });
  await boss.start();
  await boss.send(queue, {});
  const [job] = await boss.fetch(queue);
  await boss.complete(queue, job?.id ?? '');
  await rig.told();
  expect(rig.spans(queue, 'process').map((span) => span.parentSpanContext?.spanId)).toEqual(enqueued(queue));
  await boss.stop({ graceful: false, close: false });
});
