import type { JobHelpers, Task, WithPgClient, WorkerUtils } from 'graphile-worker';
import { Logger, makeWorkerUtils, runOnce } from 'graphile-worker';
import pg from 'pg';
import { createSignalbox } from 'signalbox';
import { graphileJobs } from 'signalbox/graphile-worker';
import { afterAll, afterEach, beforeAll, beforeEach, describe, test } from 'vitest';
import type { TestOtel } from '../../support/otel.js';
import { resetOtel, startOtel } from '../../support/otel.js';
import type { Postgres } from '../support/postgres.js';
import { startPostgres } from '../support/postgres.js';
import type { Sides } from './sight.js';
import { sameAsRaw } from './sight.js';

const MANY = 500;
const FEW = 50;

describe('graphile-worker, observed, is as graphile-worker', () => {
  const logger = new Logger(() => () => undefined);
  let postgres: Postgres;
  let connectionString: string;
  let otel: TestOtel;
  let names = 0;
  const release: (() => unknown)[] = [];
  beforeAll(async () => {
    postgres = await startPostgres();
    connectionString = await postgres.database();
    const utils = await makeWorkerUtils({ connectionString, logger });
    await utils.migrate();
    await utils.release();
  });
  afterAll(() => postgres?.stop());
  beforeEach(() => {
    otel = startOtel();
  });
  afterEach(async () => {
    for (const end of release.splice(0).reverse()) await end();
    await otel.shutdown();
    resetOtel();
  });

  const nameOf = (): string => `same-${++names}`;

  /** One client alone answers in the order in which it was asked. */
  async function rawUtils(): Promise<WorkerUtils> {
    const pgPool = new pg.Pool({ connectionString, max: 1 });
    pgPool.on('error', () => undefined);
    const utils = await makeWorkerUtils({ pgPool, logger });
    release.push(async () => {
      await utils.release();
      await pgPool.end();
    });
    return utils;
  }

  const jobs = (): ReturnType<typeof graphileJobs> => graphileJobs(createSignalbox());
  const utilities: Sides<WorkerUtils> = {
    raw: rawUtils,
    observed: async () => jobs().utils(await rawUtils()),
  };

  test('utils.addJob() - 500 in one turn end in the order of raw ones', async () => {
    await sameAsRaw(utilities, async (utils, sight) => {
      const name = nameOf();
      const many = (add: (i: number) => Promise<unknown>) =>
        Array.from({ length: MANY }, (_, i) => () => add(i));
      await sight.order(
        'plain',
        many((i) => utils.addJob(name, { i })),
      );
      await sight.order(
        'with keys that are there',
        many((i) => utils.addJob(name, { i }, { jobKey: `${name}-${i % 10}` })).slice(0, FEW),
      );
      await sight.order(
        'refused, each third',
        many((i) => utils.addJob(i % 3 === 0 ? 'a'.repeat(200) : name, { i })).slice(0, FEW),
      );
      await sight.order(
        'bulks',
        many((i) => utils.addJobs([{ identifier: name, payload: { i } }])).slice(0, FEW),
      );
    });
  });

  test('utils.addJob() - takes as many turns as what it is made of', async () => {
    const stubbed = (utils: WorkerUtils): WorkerUtils => {
      utils.addJob = (async () => 'added') as never;
      utils.addJobs = (() => Promise.reject(new Error('none'))) as never;
      return utils;
    };
    await sameAsRaw(
      {
        raw: async () => stubbed(await rawUtils()),
        observed: async () => jobs().utils(stubbed(await rawUtils())),
      },
      async (utils, sight) => {
        await sight.turns('addJob', () => utils.addJob('mail', {}));
        await sight.turns('addJob with a key', () => utils.addJob('mail', {}, { jobKey: 'key' }));
        await sight.turns('addJobs', () => utils.addJobs([{ identifier: 'mail', payload: {} }]));
      },
    );
  });

  test('utils show what raw ones show, and their commands give what raw ones give', async () => {
    await sameAsRaw(utilities, async (utils, sight) => {
      sight.object('the utils', utils);
      sight.object('withPgClient', utils.withPgClient);
      const name = nameOf();
      const job = await utils.addJob(name, { to: 'ada' });
      sight.object('the job', job);
      sight.saw('what it is', [job.task_identifier === name, job.attempts, job.max_attempts]);
      const failed = await utils.permanentlyFailJobs([job.id], 'someone said so');
      sight.saw(
        'what permanentlyFailJobs gives',
        failed.map((row) => Object.keys(row)),
      );
      sight.saw('what completeJobs gives', (await utils.completeJobs([job.id])).length);
    });
  });

  const TASKS: Readonly<Record<string, Task>> = {
    'of a payload and helpers': async function mail(_payload, _helpers) {},
    'of a payload': async (_payload) => undefined,
    'of whatever comes': async (...given: unknown[]) => void given,
    'that is no async function': (() => undefined) as Task,
    'that gives a list': (async () => [undefined]) as unknown as Task,
  };

  test.each(Object.entries(TASKS))('a task %s is called as by graphile-worker itself', async (_, given) => {
    interface Work {
      readonly utils: WorkerUtils;
      work(name: string, task: Task): Promise<void>;
    }
    const side = (isObserved: boolean) => async (): Promise<Work> => ({
      utils: await rawUtils(),
      work: async (name, task) => {
        const options = { connectionString, logger, taskList: { [name]: task }, noHandleSignals: true };
        await runOnce(isObserved ? jobs().runner(options) : options);
      },
    });
    await sameAsRaw({ raw: side(false), observed: side(true) }, async ({ utils, work }, sight) => {
      const name = nameOf();
      await utils.addJob(name, { to: 'ada' });
      await work(name, sight.handler('the task', given));
    });
  });

  test('helpers of a task do what raw ones do', async () => {
    const side = (isObserved: boolean) => () => (isObserved ? jobs() : undefined);
    await sameAsRaw({ raw: side(false), observed: side(true) }, async (observer, sight) => {
      const utils = await rawUtils();
      const name = nameOf();
      await utils.addJob(name, { to: 'ada' });
      const options = {
        connectionString,
        logger,
        noHandleSignals: true,
        taskList: {
          [name]: async (payload: unknown, helpers: JobHelpers) => {
            sight.saw('the payload', payload);
            sight.object('the helpers', helpers);
            sight.object('withPgClient', helpers.withPgClient);
            const { withRetries } = helpers.withPgClient as WithPgClient & { withRetries: WithPgClient };
            const one = await withRetries((client) => client.query('select 1 as one'));
            sight.saw('an answer', one.rows);
            sight.object('a job that was added', await helpers.addJob(`${name}-more`, { to: 'bob' }));
          },
        },
      };
      await runOnce(observer ? observer.runner(options) : options);
    });
  });
});
