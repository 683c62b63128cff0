import { EventEmitter } from 'node:events';
import type {
  JobHelpers,
  Runner,
  RunnerOptions,
  WorkerEvents,
  WorkerPool,
  WorkerUtils,
} from 'graphile-worker';
import * as own from 'graphile-worker';
import pg from 'pg';
import type { Signalbox } from 'signalbox';
import type { GraphileJobs, GraphileJobsOptions } from 'signalbox/graphile-worker';
import { importedModuleOf } from '../../lines/line.js';
import { startPostgres } from '../../support/postgres.js';
import type { Ask, Driver, Handler, Row, Traits, World } from '../driver.js';
import type { Hands } from '../hands.js';
import { BARE, held } from '../hands.js';
import type { Observed } from '../release.js';
import { releaseOf } from '../release.js';
import type { Line } from '../setting.js';

const traits: Traits = {
  system: 'graphile-worker',
  types: false,
  tellsDuplicates: true,
  waits: { first: true, delayed: true, retry: true },
  tellsRetryDelay: true,
  backoffMillis: (attempt) => Math.exp(Math.min(attempt, 10)) * 1000,
  handoverMillis: 250,
  // `run_at` is rewritten by the database's clock when it stores the failure, a moment after the handler's end.
  latenessMillis: 250,
  limitLatenessMillis: 0,
  tellsStalls: true,
  tellsLastStall: true,
  linksAcrossLives: false,
  throwsNothing: true,
  cancelReason: 'cancelled',
  forced: { settled: 'lost', ends: false },
  ticks: 3,
  scheduled: { enqueued: false, queued: false, relation: 'none', waits: 'any' },
  taken: {},
  bulk: 'each',
};

let tasks = 0;

/** What a driver needs of the module, of any release. */
type Engine = Pick<typeof own, 'makeWorkerUtils' | 'parseCronItems' | 'run'> & {
  readonly logger: own.Logger;
};

async function engineOf(line: Line | undefined): Promise<Engine> {
  const module = line === undefined ? own : await importedModuleOf<typeof own>(line, 'graphile-worker');
  const { makeWorkerUtils, parseCronItems, run, Logger } = module;
  return { makeWorkerUtils, parseCronItems, run, logger: new Logger(() => () => undefined) };
}

/** A database, and the ways to it. */
export interface Ways {
  /** For what adds jobs, changes them and reads them. */
  readonly producers: string;
  /** For what runs them: it listens, and prepares statements. */
  readonly workers: string;
  readonly stop: () => Promise<void>;
}

async function oneWay(): Promise<Ways> {
  const postgres = await startPostgres();
  const database = await postgres.database();
  return { producers: database, workers: database, stop: postgres.stop };
}

/** graphile-worker on a PostgreSQL server. Each scenario has a task of its own, in one database. */
export const graphileWorker: Driver = graphileWorkerOn(oneWay);

/** graphile-worker of that release, on a PostgreSQL server. */
export function graphileWorkerOf(line?: Line): Driver {
  return line === undefined ? graphileWorker : graphileWorkerOn(oneWay, { line });
}

/** graphile-worker on a PostgreSQL server, with test doubles in the driver's hands. */
export function graphileWorkerWith(hands: Hands): Driver {
  return graphileWorkerOn(oneWay, { hands });
}

interface GraphileSetting {
  readonly line?: Line;
  readonly hands?: Hands;
}

/** graphile-worker on a database, by those ways to it. */
export function graphileWorkerOn(
  start: () => Promise<Ways>,
  { line, hands = BARE }: GraphileSetting = {},
): Driver {
  let ways: Ways | undefined;
  const way = (to: 'producers' | 'workers'): string => ways?.[to] ?? '';
  return {
    engine: 'graphile-worker',
    traits: line === 'graphile-worker-0.16' ? { ...traits, throwsNothing: false } : traits,
    start: async () => {
      const { makeWorkerUtils, logger } = await engineOf(line);
      ways = await start();
      const utils = await makeWorkerUtils({ connectionString: ways.workers, logger });
      await utils.migrate();
      await utils.release();
    },
    stop: async () => ways?.stop(),
    open: async (box, _ledger, { processes = false, observed } = {}) => {
      const name = `task-${process.pid}-${++tasks}`;
      const engine = await engineOf(line);
      const { makeWorkerUtils, parseCronItems, run, logger } = engine;
      const jobs = await observe(box, processes ? 'persist' : 'memory', observed);
      const pool = heardPool(way('producers'), 4);
      // Nothing observes it.
      const unseen = await makeWorkerUtils({ pgPool: pool, logger });
      const utils = held(hands, 'utils', await makeWorkerUtils({ pgPool: pool, logger }), (given) =>
        jobs.utils(given),
      );
      const removed = new Set<string>();
      // A runner that makes its pool ends it with itself, also under what it has yet to write: a job that ends in that moment stays locked.
      const pools: pg.Pool[] = [];
      const own = (): pg.Pool => {
        const made = heardPool(way('workers'));
        pools.push(made);
        return made;
      };
      const world: World = {
        queue: name,
        address: { engine: 'graphile-worker', queue: name, connection: way('workers'), line },
        add: async (ask, payload) => {
          const job = await utils.addJob(name, payload, specOf(ask));
          return job.id;
        },
        addBulk: async (_asks, payloads) => {
          const added = await utils.addJobs(
            payloads.map((payload) => ({ identifier: name, payload, maxAttempts: 1 })),
          );
          return added.map(({ id }) => id);
        },
        schedule: async (payload) => {
          // As if it had been known, and had slept, for some minutes: it makes up for the ticks that it missed.
          await pool.query(
            `insert into graphile_worker._private_known_crontabs (identifier, known_since, last_execution)
           values ($1, now() - interval '10 minutes', now() - interval '3 minutes')`,
            [name],
          );
          const items = parseCronItems([
            {
              task: name,
              identifier: name,
              match: '* * * * *',
              payload: payload as { [key: string]: unknown },
              options: { backfillPeriod: 240_000 },
            },
          ]);
          const cron = await run(
            jobs.runner({
              pgPool: own(),
              logger,
              parsedCronItems: items,
              taskList: { unused: () => undefined },
            }),
          );
          crons.push(cron);
        },
        work: async (handler, { concurrency = 1, rescues = false, givesUp = false } = {}) => {
          if (rescues) await unlock(pool, givesUp ? unseen : utils, name);
          const pgPool = own();
          const runner = await startRunner({ engine, jobs, hands }, { pgPool, concurrency }, name, handler);
          return {
            ...runner,
            // One that makes its pool would end it now: what it has yet to write goes nowhere.
            kill: async () => {
              await runner.kill();
              pgPool.connect = (() => new Promise(() => undefined)) as typeof pgPool.connect;
            },
          };
        },
        cancel: async (id) => {
          const failed = await utils.permanentlyFailJobs([id], 'someone said so');
          if (failed.length !== 1) throw new Error(`${id} was not cancelled.`);
        },
        retry: async (id) => {
          // It takes no `attempts: 0`: a job gets another attempt by a higher maximum.
          const rescheduled = await utils.rescheduleJobs([id], { runAt: new Date(), maxAttempts: 2 });
          if (rescheduled.length !== 1) throw new Error(`${id} was not brought back.`);
        },
        monitor: () => jobs.monitor(pool, name, { intervalMillis: 1000 }),
        row: async (id) => ({ state: await stateOf(pool, id, removed) }),
        close: async () => {
          for (const cron of crons.splice(0)) await cron.stop();
          await utils.release();
          await unseen.release();
          for (const one of [pool, ...pools]) await one.end();
        },
      };
      const crons: Runner[] = [];
      return world;
    },
    join: async (box, { queue, connection: connectionString, line: other, observed }, handler) =>
      startRunner(
        { engine: await engineOf(other), jobs: await observe(box, 'persist', observed), hands },
        { connectionString, concurrency: 1 },
        queue,
        handler,
      ),
  };
}

/** The engine warns of a pool whose errors nobody hears. */
function heardPool(connectionString: string, max?: number): pg.Pool {
  const pool = new pg.Pool({ connectionString, ...(max === undefined ? {} : { max }) });
  const hear = (error: Error): void => console.error('pool:', error.message);
  pool.on('error', hear);
  pool.on('connect', (client) => client.on('error', hear));
  return pool;
}

async function observe(
  box: Signalbox,
  attemptLinks: GraphileJobsOptions['attemptLinks'],
  { release, options }: Observed = {},
): Promise<GraphileJobs> {
  const { graphileJobs } = await (await releaseOf(release)).graphileWorker();
  return graphileJobs(box, { attemptLinks, ...options });
}

/** What the worker that vanished had locked is free again: the engine itself waits four hours for that. */
async function unlock(pool: pg.Pool, utils: WorkerUtils, name: string): Promise<void> {
  const { rows } = await pool.query<{ locked_by: string }>(
    'select distinct locked_by from graphile_worker.jobs where task_identifier = $1 and locked_by is not null',
    [name],
  );
  await utils.forceUnlockWorkers(rows.map((row) => row.locked_by));
}

async function startRunner(
  { engine, jobs, hands }: { readonly engine: Engine; readonly jobs: GraphileJobs; readonly hands: Hands },
  options: RunnerOptions,
  name: string,
  handler: Handler,
): Promise<{ close(): Promise<void>; kill(): Promise<void> }> {
  const events: WorkerEvents = new EventEmitter();
  const pools: WorkerPool[] = [];
  events.on('pool:create', ({ workerPool }) => pools.push(workerPool));
  const work = async (payload: unknown, helpers: JobHelpers): Promise<void> => {
    hands.over('helpers', helpers);
    await handler({
      id: helpers.job.id,
      number: helpers.job.attempts,
      payload,
      signal: helpers.abortSignal,
      defer: () => Promise.reject(new Error('It defers nothing.')),
    });
  };
  const runs = jobs.runner({
    ...options,
    events,
    logger: engine.logger,
    noHandleSignals: true,
    pollInterval: 100,
    taskList: hands.beneath('tasks', { [name]: work }),
  });
  hands.through('tasks', runs.taskList);
  const runner = await engine.run(runs);
  let stopped: Promise<void> | undefined;
  return {
    // A second stop is an error there.
    close: () => {
      stopped ??= runner.stop();
      return stopped;
    },
    // `runner.kill()` forces nothing once the graceful stop has begun, which it begins itself.
    kill: async () => {
      stopped = Promise.all(pools.map((pool) => pool.forcefulShutdown('someone said so'))).then(
        () => undefined,
      );
      await stopped;
    },
  };
}

async function stateOf(pool: pg.Pool, id: string, removed: ReadonlySet<string>): Promise<Row['state']> {
  const { rows } = await pool.query<{ locked: boolean; later: boolean; over: boolean }>(
    `select locked_at is not null as locked, run_at > now() as later, attempts >= max_attempts as over
     from graphile_worker.jobs where id = $1`,
    [id],
  );
  const [row] = rows;
  // A row that is gone was completed: nothing else takes one away here.
  if (!row) return removed.has(id) ? 'gone' : 'completed';
  if (row.locked) return 'active';
  if (row.over) return 'failed';
  return row.later ? 'delayed' : 'waiting';
}

function specOf({ key, delayMillis, priority, maxAttempts = 1 }: Ask) {
  return {
    ...(key === undefined ? {} : { jobKey: key, jobKeyMode: 'unsafe_dedupe' as const }),
    ...(delayMillis === undefined ? {} : { runAt: new Date(Date.now() + delayMillis) }),
    // Here the lowest runs first.
    ...(priority === undefined ? {} : { priority: -priority }),
    maxAttempts,
  };
}
