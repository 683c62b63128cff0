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
async function runOne(db: ReturnType<typeof fromPglite>, cancelled = false): Promise<string> {
  const boss = rig.observed({ db });
  await boss.start();
  const other = rig.plain();
  await other.start();
  const queue = await rig.newQueue();
  await boss.work(queue, QUICK, async ([job]) => {
    if (cancelled) await other.cancel(queue, job?.id ?? '');
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
