import { PGlite } from '@electric-sql/pglite';
import type { WorkHandler, WorkOptions } from 'pg-boss';
import { fromPglite, PgBoss } from 'pg-boss';
import { createSignalbox } from 'signalbox';
import { pgBossJobs } from 'signalbox/pg-boss';
import { afterAll, afterEach, beforeAll, beforeEach, describe, test } from 'vitest';
import type { TestOtel } from '../../support/otel.js';
import { resetOtel, startOtel } from '../../support/otel.js';
import { gate } from '../conformance/until.js';
import type { Sides } from './sight.js';
import { sameAsRaw } from './sight.js';

const MANY = 500;
const FEW = 50;

/** The same for each id. */
function without(id: string, value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null).replaceAll(id, 'the id'));
}

describe('pg-boss, observed, is as pg-boss', () => {
  let pglite: PGlite;
  let otel: TestOtel;
  let names = 0;
  const release: (() => unknown)[] = [];
  beforeAll(async () => {
    pglite = await PGlite.create();
  });
  afterAll(() => pglite?.close());
  beforeEach(() => {
    otel = startOtel();
  });
  afterEach(async () => {
    for (const end of release.splice(0).reverse()) await end();
    await otel.shutdown();
    resetOtel();
  });

  const OPTIONS = () =>
    ({ db: fromPglite(pglite), backend: 'pglite', supervise: false, schedule: false }) as const;

  async function started(boss: PgBoss): Promise<PgBoss> {
    await boss.start();
    release.push(() => boss.stop({ graceful: false }));
    return boss;
  }

  const observe = (prepare: (boss: PgBoss) => PgBoss = (boss) => boss): PgBoss => {
    const jobs = pgBossJobs(createSignalbox());
    return jobs.boss(prepare(new PgBoss(jobs.options(OPTIONS()))));
  };
  const bosses: Sides<PgBoss> = {
    raw: () => started(new PgBoss(OPTIONS())),
    observed: () => started(observe()),
  };

  async function queueOf(boss: PgBoss): Promise<string> {
    const name = `same-${++names}`;
    await boss.createQueue(name);
    return name;
  }

  test('boss.send() - 500 in one turn end in the order of raw ones', async () => {
    await sameAsRaw(bosses, async (boss, sight) => {
      const name = await queueOf(boss);
      await boss.send(name, {});
      const many = (send: (i: number) => Promise<unknown>) =>
        Array.from({ length: MANY }, (_, i) => () => send(i));
      await sight.order(
        'plain',
        many((i) => boss.send(name, { i })),
      );
      await sight.order(
        'with keys that are there',
        many((i) => boss.send(name, { i }, { singletonKey: `${i % 10}`, singletonSeconds: 600 })).slice(
          0,
          FEW,
        ),
      );
    });
  });

  test('boss.insert() - many in one turn end in the order of raw ones', async () => {
    await sameAsRaw(bosses, async (boss, sight) => {
      const name = await queueOf(boss);
      await sight.order(
        'bulks',
        Array.from({ length: FEW }, (_, i) => () => boss.insert(name, [{ data: { i } }, { data: { i } }])),
      );
      await sight.order(
        'bulks with ids',
        Array.from(
          { length: FEW },
          (_, i) => () => boss.insert(name, [{ data: { i } }, { data: { i } }], { returnId: true }),
        ),
      );
    });
  });

  test('boss.send() - takes as many turns as what it is made of', async () => {
    const stubbed = (boss: PgBoss): PgBoss => {
      boss.send = (async () => 'sent') as never;
      boss.insert = (() => Promise.reject(new Error('none'))) as never;
      boss.cancel = (() => undefined) as never;
      return boss;
    };
    await sameAsRaw(
      { raw: () => stubbed(new PgBoss(OPTIONS())), observed: () => observe(stubbed) },
      async (boss, sight) => {
        await sight.turns('send', () => boss.send('mail', {}));
        await sight.turns('insert', () => boss.insert('mail', [{ data: {} }]));
        await sight.turns('cancel', () => boss.cancel('mail', 'an id'));
      },
    );
  });

  test('a boss shows what a raw one shows, and its commands give what raw ones give', async () => {
    await sameAsRaw(bosses, async (boss, sight) => {
      const name = await queueOf(boss);
      sight.object('the boss', boss);
      const id = (await boss.send(name, {})) ?? '';
      sight.saw('what cancel gives', without(id, await boss.cancel(name, id)));
      sight.saw('what a second cancel gives', without(id, await boss.cancel(name, id)));
      sight.saw('what deleteJob gives', without(id, await boss.deleteJob(name, id)));
    });
  });

  type Handling = readonly [string, WorkOptions, WorkHandler<object>];
  const HANDLERS: readonly Handling[] = [
    ['of jobs', {}, async function mail(_jobs) {}],
    ['with metadata', { includeMetadata: true }, async (_jobs) => undefined],
    ['of a batch', { batchSize: 3 }, async (_jobs) => undefined],
    ['of whatever comes', {}, async (...given: unknown[]) => void given],
    ['of no argument', {}, async () => 'done'],
    ['with results for each', { perJobResults: true, batchSize: 2 } as WorkOptions, async (_jobs) => []],
    ['that is no async function', {}, (() => 'done') as unknown as WorkHandler<object>],
  ];

  test.each(HANDLERS)('a handler %s is called as by pg-boss itself', async (_, options, given) => {
    await sameAsRaw(bosses, async (boss, sight) => {
      const name = await queueOf(boss);
      await boss.insert(name, [{ data: { n: 1 } }, { data: { n: 2 } }, { data: { n: 3 } }]);
      const handled = gate();
      const handler = sight.handler('the handler', (...jobs: Parameters<typeof given>) => {
        // Once is enough: how many jobs a later call has is a matter of luck.
        setImmediate(handled.open);
        return given(...jobs);
      });
      Object.defineProperty(handler, 'length', { value: given.length });
      await boss.work(name, { ...options, pollingIntervalSeconds: 60 } as WorkOptions, handler as never);
      await handled.opened;
      await boss.offWork(name, { wait: true });
    });
  });
});
