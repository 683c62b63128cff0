import { PGlite } from '@electric-sql/pglite';
import type { JobsOptions, WorkerOptions } from 'bullmq';
import { Queue, Worker } from 'bullmq';
import type { RunnerOptions, TaskSpec } from 'graphile-worker';
import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import type { WorkOptions } from 'pg-boss';
import { fromPglite, PgBoss } from 'pg-boss';
import { createSignalbox } from 'signalbox';
import { createJobs } from 'signalbox/jobs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { JobQueue } from '../../../examples/job-queue/queue/index.js';
import type { Postgres } from '../support/postgres.js';
import { startPostgres } from '../support/postgres.js';
import type { Redis } from '../support/redis.js';
import { startRedis } from '../support/redis.js';
import { cellsOf, ENGINES, SCENARIOS } from './cells.js';
import { gate, until } from './until.js';

// Cells that are left out say that an engine can not do a thing. Here the engine, with nothing of ours around it, shows that it can not.

const LOGGER = new Logger(() => () => undefined);
let redis: Redis;
let postgres: Postgres;
let connectionString: string;
let names = 0;

const PROOFS: Readonly<Record<string, () => void | Promise<void>>> = {
  'bullmq - timeout': async () => {
    // @ts-expect-error There is no such option of a job.
    const options: JobsOptions = { timeout: 20 };
    expect(await outcomeOf(options, () => sleep(200))).toBe('completed');
  },
  'bullmq - batch': async () => {
    // @ts-expect-error There is no such option of a worker.
    const options: WorkerOptions = { batch: { size: 2 } };
    expect(options).toBeDefined();
    const seen: number[] = [];
    await outcomeOf({}, (...given) => void seen.push(given.flat().length));
    expect(seen).toEqual([1]);
  },
  'graphile-worker - timeout': () => {
    // @ts-expect-error There is no such option of a job.
    const spec: TaskSpec = { timeout: 20 };
    // @ts-expect-error Nor of a runner.
    const options: RunnerOptions = { timeout: 20 };
    expect([spec, options]).toHaveLength(2);
  },
  'graphile-worker - batch': () => {
    // @ts-expect-error There is no such option of a runner.
    const options: RunnerOptions = { batchSize: 2 };
    expect(options).toBeDefined();
  },
  'graphile-worker - cancelled running': () =>
    withTask(async ({ id, utils, go }) => {
      expect(await utils.completeJobs([id])).toEqual([]);
      expect(await utils.permanentlyFailJobs([id])).toEqual([]);
      expect(await utils.rescheduleJobs([id], { runAt: new Date() })).toEqual([]);
      go();
    }),
  'graphile-worker - lock lost': () =>
    withTask(async ({ utils, holder, go, second, succeeded }) => {
      await utils.forceUnlockWorkers([await holder()]);
      await second();
      go();
      await until('both workers have completed it', () => succeeded() === 2);
    }),
  'graphile-worker - rate limited': () => {
    // @ts-expect-error There is no such option of a runner.
    const options: RunnerOptions = { limiter: { max: 1, duration: 1000 } };
    expect(options).toBeDefined();
  },
  'pg-boss - rate limited': async () => {
    // @ts-expect-error There is no such option of a worker.
    const options: WorkOptions = { limiter: { max: 1, duration: 1000 } };
    expect(options).toBeDefined();
    const db = await PGlite.create();
    const boss = new PgBoss({ db: fromPglite(db), backend: 'pglite', supervise: false, schedule: false });
    await boss.start();
    await boss.createQueue('limited');
    expect(await boss.sendThrottled('limited', {}, null, 60)).not.toBeNull();
    expect(await boss.sendThrottled('limited', {}, null, 60)).toBeNull();
    await boss.stop();
    await db.close();
  },
  'memory - scheduled': () => hasNone(/schedul|cron|repeat/i),
  'memory - bulk': () => hasNone(/bulk|all|many/i),
  'memory - batch': () => hasNone(/batch/i),
  'memory - lock lost': () => hasNone(/lock/i),
  'memory - killed worker': () => hasNone(/connect|store|stall/i),
  'memory - killed in the last attempt': () => hasNone(/connect|store|stall/i),
  'memory - rate limited': () => hasNone(/limit|rate/i),
  'memory - manual retry': () => hasNone(/retry|revive/i),
  'memory - two worker processes': () => hasNone(/connect|store|process/i),
};

/** What becomes of a job with these options, with this processor. */
async function outcomeOf(options: JobsOptions, processor: (...given: unknown[]) => unknown): Promise<string> {
  const { hostname: host, port } = new URL(redis.url);
  const connection = { host, port: Number(port) };
  const name = `cannot-${++names}`;
  const queue = new Queue(name, { connection });
  const worker = new Worker(name, async (job) => processor([job]), { connection });
  const outcome = new Promise<string>((resolve) => {
    worker.once('completed', () => resolve('completed'));
    worker.once('failed', () => resolve('failed'));
  });
  await queue.add('work', {}, options);
  try {
    return await outcome;
  } finally {
    await worker.close();
    await queue.close();
  }
}

interface RunningTask {
  readonly id: string;
  readonly utils: Awaited<ReturnType<typeof makeWorkerUtils>>;
  /** Who has locked it. */
  readonly holder: () => Promise<string>;
  /** Lets the first handler return. */
  readonly go: () => void;
  /** Starts another worker, which returns at once. */
  readonly second: () => Promise<void>;
  /** How often a worker said that it has done the job. */
  readonly succeeded: () => number;
}

/** A task that runs until it is let go. */
async function withTask(look: (task: RunningTask) => Promise<void>): Promise<void> {
  const name = `cannot-${++names}`;
  const utils = await makeWorkerUtils({ connectionString, logger: LOGGER });
  await utils.migrate();
  const held = gate();
  const began = gate();
  let succeeded = 0;
  const start = (handler: () => Promise<void>) =>
    run({
      connectionString,
      logger: LOGGER,
      noHandleSignals: true,
      pollInterval: 50,
      taskList: { [name]: handler },
    });
  const first = await start(async () => {
    began.open();
    await held.opened;
  });
  const runners = [first];
  const count = (): void => void succeeded++;
  first.events.on('job:success', count);
  const { id } = await utils.addJob(name, {});
  await began.opened;
  try {
    await look({
      id,
      utils,
      holder: async () => {
        const found = await utils.withPgClient((client) =>
          client.query<{ locked_by: string }>('select locked_by from graphile_worker.jobs where id = $1', [
            id,
          ]),
        );
        return found.rows[0]?.locked_by ?? '';
      },
      go: held.open,
      succeeded: () => succeeded,
      second: async () => {
        const again = gate();
        const runner = await start(() => Promise.resolve(again.open()));
        runner.events.on('job:success', count);
        runners.push(runner);
        await again.opened;
      },
    });
  } finally {
    held.open();
    for (const runner of runners) await runner.stop();
    await utils.release();
  }
}

/** A queue of the example has nothing of that name. */
function hasNone(name: RegExp): void {
  const telemetry = createJobs(createSignalbox()).queue(`cannot-${++names}`);
  const queue = new JobQueue({ telemetry, capacity: 1, workers: 0 });
  const members = Object.getOwnPropertyNames(Object.getPrototypeOf(queue));
  expect(members.filter((member) => name.test(member))).toEqual([]);
}

function sleep(millis: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, millis));
}

describe('cells that can not be', () => {
  beforeAll(async () => {
    [redis, postgres] = await Promise.all([startRedis(), startPostgres()]);
    connectionString = await postgres.database();
  });
  afterAll(async () => {
    await redis?.stop();
    await postgres?.stop();
  });

  test('each is shown by its engine', () => {
    const cells = SCENARIOS.flatMap(({ name }) =>
      ENGINES.filter((engine) => cellsOf(name).cannot?.[engine] !== undefined).map(
        (engine) => `${engine} - ${name}`,
      ),
    );
    expect(Object.keys(PROOFS).sort()).toEqual(cells.sort());
  });

  for (const [cell, proof] of Object.entries(PROOFS)) test(`${cell} can not be`, () => proof());
});
