import { EventEmitter } from 'node:events';
import type { JobHelpers, WorkerEvents } from 'graphile-worker';
import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import pg from 'pg';
import { graphileJobs } from 'signalbox/graphile-worker';
import type { Plan } from '../plan.js';
import { MAX_ATTEMPTS, QUEUE } from '../plan.js';
import { startPostgresServer } from '../stores/postgres.js';
import type { Engine, StoredJob } from './engine.js';
import { query } from './pg-boss.js';

const logger = new Logger(() => () => undefined);

// It deletes what it has completed: the store itself keeps a note of that.
const KEEP_ENDS = `
  create table truth_ended (id text primary key, key text not null, attempts int not null);
  create function truth_keep() returns trigger language plpgsql as $$
  begin
    insert into truth_ended values (old.id::text, old.payload->>'key', old.attempts);
    return old;
  end $$;
  create trigger truth_keep after delete on graphile_worker._private_jobs
    for each row execute function truth_keep()`;

/** graphile-worker on PostgreSQL. What a killed worker held is freed by hand, as people do. */
export const graphileWorker: Engine = {
  name: 'graphile-worker',
  system: 'graphile-worker',
  startStore: startPostgresServer,
  prepare: async (url) => {
    const utils = await makeWorkerUtils({ connectionString: url, logger });
    await utils.migrate();
    await utils.release();
    await query(url, KEEP_ENDS);
  },
  produce: async (box, url, notes) => {
    const jobs = graphileJobs(box);
    const pool = new pg.Pool({ connectionString: url, max: 4 });
    pool.on('error', notes.trouble);
    pool.on('connect', (client) => void client.on('error', notes.trouble));
    const utils = jobs.utils(await makeWorkerUtils({ pgPool: pool, logger }));
    const monitor = jobs.monitor(pool, QUEUE, { intervalMillis: 1000 });
    return {
      add: async (plan) => (await utils.addJob(QUEUE, plan, { maxAttempts: MAX_ATTEMPTS })).id,
      free: async (holders) => {
        await utils.forceUnlockWorkers([...holders]);
      },
      close: async () => {
        monitor.stop();
        await utils.release();
        await pool.end();
      },
    };
  },
  work: async (box, url, handler, notes) => {
    const jobs = graphileJobs(box, { attemptLinks: 'persist' });
    const events: WorkerEvents = new EventEmitter();
    // Its jobs are locked by the pool, those of a local queue and those of 0.16 by the worker.
    events.on('pool:create', ({ workerPool }) => notes.holder(workerPool.id));
    events.on('worker:create', ({ worker }) => notes.holder(worker.workerId));
    for (const name of ['pool:listen:error', 'worker:fatalError', 'worker:getJob:error'] as const)
      events.on(name, ({ error }) => notes.trouble(error));
    const pgPool = new pg.Pool({ connectionString: url, max: 12 });
    pgPool.on('error', notes.trouble);
    // graphile-worker asks for this of pools that it is given: a connection that breaks in use would end the process.
    pgPool.on('connect', (client) => void client.on('error', notes.trouble));
    const task = async (payload: unknown, helpers: JobHelpers): Promise<void> =>
      handler({ id: helpers.job.id, number: helpers.job.attempts, plan: payload as Plan });
    const runner = await run(
      jobs.runner({
        pgPool,
        events,
        logger,
        concurrency: 10,
        pollInterval: 500,
        noHandleSignals: true,
        taskList: { [QUEUE]: task },
      }),
    );
    runner.promise.catch(notes.trouble);
    return {
      close: async () => {
        await runner.stop();
        await pgPool.end();
      },
    };
  },
  open: async (url) => {
    const rows = await query<{ n: string }>(
      url,
      'select count(*) as n from graphile_worker._private_jobs where attempts < max_attempts or locked_at is not null',
    );
    return Number(rows[0]?.n ?? 0);
  },
  read: async (url) => {
    const left = await query<{ id: string; key: string; n: number; over: boolean; why: string | null }>(
      url,
      `select id::text as id, payload->>'key' as key, attempts as n, last_error as why,
         attempts >= max_attempts and locked_at is null as over
       from graphile_worker._private_jobs`,
    );
    const ended = await query<{ id: string; key: string; n: number }>(
      url,
      'select id, key, attempts as n from truth_ended',
    );
    const found = new Map<string, StoredJob>();
    for (const { id, key, n, over, why } of left)
      found.set(id, { key, state: over ? 'failed' : 'open', attempts: n, why: why ?? undefined });
    for (const { id, key, n } of ended)
      found.set(id, { key, state: 'completed', attempts: n, why: undefined });
    return found;
  },
};
