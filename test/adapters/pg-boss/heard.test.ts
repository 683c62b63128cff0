import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { fromPglite } from 'pg-boss';
import { describe, expect, test } from 'vitest';
import { QUICK, until, useRig } from './rig.js';

const rig = useRig();

const COMPLETES = /^\s*WITH results AS \(\s*UPDATE[^;]*completed_on/;

/** The database of the rig, which notes the statements that complete jobs. */
function noting(completions: string[]): ReturnType<typeof fromPglite> {
  const db = fromPglite(rig.pglite);
  const { executeSql } = db;
  return {
    ...db,
    executeSql: (text: string, values?: unknown[]) => {
      if (COMPLETES.test(text)) completions.push(text);
      return executeSql.call(db, text, values);
    },
  };
}

/** One job, run to its good end; cancelled by another process meanwhile where `cancelled` says so. */
async function runOne(
  db: ReturnType<typeof fromPglite>,
  cancelled = false,
  handler: () => void = () => undefined,
): Promise<string> {
  const boss = rig.observed({ db });
  await boss.start();
  const other = rig.plain();
  await other.start();
  const queue = await rig.newQueue();
  await boss.work(queue, QUICK, async ([job]) => {
    if (cancelled) await other.cancel(queue, job?.id ?? '');
    handler();
  });
  await boss.send(queue, {});
  await until('its span', () => rig.spans(queue, 'process')[0]);
  await boss.offWork(queue);
  return queue;
}

describe("what pg-boss's own statement says", () => {
  test('settling - a job that runs to its end is completed by one statement, as it is without us', async () => {
    const completions: string[] = [];
    const queue = await runOne(noting(completions));
    expect(completions).toHaveLength(1);
    expect(rig.story(queue)).toEqual(['job.queued', 'job.started', 'job.completed']);
  });

  test('settling - of a database that takes no properties it is asked before, and as exact', async () => {
    const completions: string[] = [];
    const queue = await runOne(Object.freeze(noting(completions)));
    expect(completions).toHaveLength(2);
    expect(rig.story(queue)).toEqual(['job.queued', 'job.started', 'job.completed']);
    const lost = await runOne(Object.freeze(noting([])), true);
    expect(rig.story(lost)).toEqual(['job.queued', 'job.started']);
  });

  const answers: readonly (readonly [string, (result: Promise<unknown>) => unknown])[] = [
    [
      'a thenable of its own',
      (result) => ({
        // biome-ignore lint/suspicious/noThenProperty: queries of ORMs are such.
        then: result.then.bind(result),
        catch: result.catch.bind(result),
      }),
    ],
    [
      'a promise behind a proxy',
      (result) =>
        new Proxy(result, {
          get: (of, key) => {
            const value: unknown = Reflect.get(of, key);
            return typeof value === 'function' ? value.bind(of) : value;
          },
        }),
    ],
  ];

  test.each(answers)('settling - of a database that answers with %s it is as exact', async (_, answer) => {
    const given = (): ReturnType<typeof fromPglite> => {
      const db = fromPglite(rig.pglite);
      const { executeSql } = db;
      return {
        ...db,
        executeSql: (text: string, values?: unknown[]) =>
          answer(executeSql.call(db, text, values)) as ReturnType<typeof executeSql>,
      };
    };
    expect(rig.story(await runOne(given()))).toEqual(['job.queued', 'job.started', 'job.completed']);
    expect(rig.story(await runOne(given(), true))).toEqual(['job.queued', 'job.started']);
  });

  test('settling - of a database that gets another method later it is as exact', async () => {
    const db = fromPglite(rig.pglite);
    const { executeSql } = db;
    for (const cancelled of [false, true]) {
      const queue = await runOne(db, cancelled, () => {
        db.executeSql = (text: string, values?: unknown[]) => executeSql.call(db, text, values);
      });
      expect(rig.story(queue)).toEqual(
        cancelled ? ['job.queued', 'job.started'] : ['job.queued', 'job.started', 'job.completed'],
      );
    }
  });

  test('settling - a context manager that goes while a handler runs takes away no end', async () => {
    for (const throws of [false, true]) {
      const queue = await runOne(fromPglite(rig.pglite), false, () => {
        context.disable();
        if (throws) throw new RangeError('too far');
      });
      context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
      const ends = throws ? ['job.failed', 'job.abandoned'] : ['job.completed'];
      expect(rig.story(queue)).toEqual(['job.queued', 'job.started', ...ends]);
    }
  });

  test('settling - a completion that the database refuses fails the job, told without the text of that', async () => {
    const db = fromPglite(rig.pglite);
    const { executeSql } = db;
    let refuses = true;
    const refusing = {
      ...db,
      executeSql: async (text: string, values?: unknown[]) => {
        if (refuses && COMPLETES.test(text)) {
          refuses = false;
          throw Object.assign(new Error('secret'), { code: 'ECONNRESET' });
        }
        return executeSql.call(db, text, values);
      },
    };
    const queue = await runOne(refusing);
    expect(rig.story(queue)).toEqual(['job.queued', 'job.started', 'job.failed', 'job.abandoned']);
    expect(rig.records(queue, 'job.failed')[0]?.attributes['exception.message']).toBe(
      'pg-boss threw: ECONNRESET',
    );
  });
});
