import { randomUUID } from 'node:crypto';
import type { ConstructorOptions, WorkOptions } from 'pg-boss';
import { fromPglite, PgBoss } from 'pg-boss';
import { describe, expect, test } from 'vitest';
import { recordDiag } from '../../support/otel.js';
import { QUICK, until, useRig } from './rig.js';

const rig = useRig();

/** A stand-in for a version before some methods and columns, and what was asked of its database. */
async function older(
  without: { readonly methods?: readonly string[]; readonly columns?: readonly string[] },
  make: new (options: object) => PgBoss = PgBoss,
): Promise<{ boss: PgBoss; asked: string[] }> {
  const asked: string[] = [];
  const inner = fromPglite(rig.pglite);
  const db: NonNullable<ConstructorOptions['db']> = {
    ...inner,
    executeSql: async (text: string, values?: unknown[]) => {
      asked.push(text);
      const result = await inner.executeSql(text, values);
      if (!text.includes('pg_attribute')) return result;
      const rows = (result.rows as { name: string }[]).filter(({ name }) => !without.columns?.includes(name));
      return { ...result, rows };
    },
  };
  const boss = new make(rig.jobs.options(rig.options({ db })));
  for (const name of without.methods ?? []) Object.defineProperty(boss, name, { value: undefined });
  boss.on('error', () => undefined);
  rig.jobs.boss(boss);
  await boss.start();
  asked.length = 0;
  return { boss, asked };
}

/** Runs one job in a handler during which something happens to it. */
async function during(
  boss: PgBoss,
  happens: (queue: string, id: string) => Promise<unknown>,
  more: WorkOptions = {},
) {
  const queue = await rig.newQueue();
  await boss.send(queue, {});
  await boss.work(queue, { ...QUICK, ...more }, async ([job]) => {
    await happens(queue, job?.id ?? '');
    return [{ id: job?.id, status: 'completed' }];
  });
  await until('span', () => rig.spans(queue, 'process')[0]);
  await boss.offWork(queue);
  await rig.told();
  return queue;
}

describe('versions before 12.38', () => {
  const BEFORE_ATTEMPTS = { methods: ['isTimekeeping'] };

  test('work() - where pg-boss does not settle by attempt, a look tells whether the job was still ours', async () => {
    const { boss } = await older(BEFORE_ATTEMPTS);
    const other = rig.plain();
    await other.start();
    const cancelled = await during(boss, (queue, id) => other.cancel(queue, id));
    const expired = await during(boss, (_, id) =>
      rig.pglite.query(`UPDATE pgboss.job SET state = 'failed', completed_on = now() WHERE id = $1`, [id]),
    );
    const fine = await during(boss, async () => undefined);
    for (const queue of [cancelled, expired]) {
      expect(rig.story(queue)).toEqual(['job.queued', 'job.started']);
      expect(rig.spans(queue, 'process')[0]?.attributes['job.attempt.outcome']).toBe('lost');
    }
    expect(rig.story(fine)).toEqual(['job.queued', 'job.started', 'job.completed']);
    await boss.stop({ close: false });
  });

  test.each([{}, { perJobResults: true }])(
    'work() - it is asked nothing that it can not answer (%j)',
    async (options) => {
      const { boss, asked } = await older(BEFORE_ATTEMPTS);
      const told = recordDiag();
      const queue = await during(boss, async () => undefined, options);
      expect(rig.story(queue)).toEqual(['job.queued', 'job.started', 'job.completed']);
      expect(asked.filter((sql) => /SET heartbeat_on =/.test(sql))).toEqual([]);
      expect(told).toEqual([]);
      await boss.stop({ close: false });
    },
  );

  test('work() - where results of each job are not known yet, pg-boss completes them all', async () => {
    const { boss } = await older({ methods: ['isTimekeeping', 'isBamWorking'] });
    const queue = await rig.newQueue();
    await boss.send(queue, {});
    // The stand-in settles as 12.38 does; what is told is what older ones do.
    await boss.work(queue, { ...QUICK, perJobResults: true }, async ([job]) => [
      { id: job?.id ?? '', status: 'failed' as const },
    ]);
    await until('span', () => rig.spans(queue, 'process')[0]);
    await boss.offWork(queue);
    expect(rig.story(queue)).toEqual(['job.queued', 'job.started', 'job.completed']);
    await boss.stop({ close: false });
  });

  test('redrive() - reports no job where the database does not say which jobs came back, and no column is named that is not there', async () => {
    const { boss, asked } = await older({ columns: ['source_root_id', 'trace_context', 'blocked'] });
    const told = recordDiag();
    const dead = await rig.newQueue();
    const queue = await rig.newQueue({ deadLetter: dead });
    await boss.send(queue, {});
    const [job] = await boss.fetch(queue);
    await boss.fail(queue, job?.id ?? '');
    asked.length = 0;
    expect(await boss.redrive(dead)).toBe(1);
    const monitor = rig.jobs.monitor(boss, queue);
    await monitor.check();
    monitor.stop();
    await rig.told();
    expect(rig.records(queue, 'job.revived')).toEqual([]);
    const ours = asked.filter((sql) => /FROM pgboss\.job j|CROSS JOIN LATERAL/.test(sql));
    expect(ours.length).toBeGreaterThan(0);
    expect(ours.filter((sql) => /source_root_id|trace_context|blocked\)/.test(sql))).toEqual([]);
    expect(told).toEqual([]);
    await boss.stop({ close: false });
  });

  test('insert() - where ids are returned to nobody, the jobs are told as what became of them', async () => {
    class Silent extends PgBoss {
      override async insert(...[name, jobs]: Parameters<PgBoss['insert']>): ReturnType<PgBoss['insert']> {
        return super.insert(name, jobs);
      }
    }
    const { boss } = await older({}, Silent);
    const queue = await rig.newQueue();
    const there = randomUUID();
    await boss.send(queue, {}, { id: there });
    expect(await boss.insert(queue, [{}, { id: there }], { returnId: true })).toBeNull();
    await rig.told();
    expect(rig.story(queue).sort()).toEqual(['job.duplicate', 'job.queued', 'job.queued']);
    await boss.stop({ close: false });
  });
});
