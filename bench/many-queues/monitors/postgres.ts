import { makeWorkerUtils } from 'graphile-worker';
import pg from 'pg';
import { PgBoss } from 'pg-boss';
import { graphileJobs } from 'signalbox/graphile-worker';
import { pgBossJobs } from 'signalbox/pg-boss';
import { startPostgres } from '../../../test/engines/support/postgres.js';
import type { Load } from './load.js';
import { Counter, createBox, watch } from './load.js';

/** The monitors of queues of pg-boss, and of tasks of graphile-worker, that have three waiting jobs each. */
export async function postgresLoads(names: readonly string[], minutes: number): Promise<Load[]> {
  const server = await startPostgres();
  const counter = new Counter();
  const undo = countQueries(counter);
  try {
    const boss = await pgBossLoad(await server.database(), names, minutes, counter);
    const graphile = await graphileLoad(await server.database(), names, minutes, counter);
    return [boss, graphile];
  } finally {
    undo();
    await server.stop();
  }
}

async function pgBossLoad(
  connectionString: string,
  names: readonly string[],
  minutes: number,
  counter: Counter,
): Promise<Load> {
  const box = createBox();
  const jobs = pgBossJobs(box);
  const boss = jobs.boss(
    // Nothing of its own: all that is counted is the monitors'.
    new PgBoss(jobs.options({ connectionString, supervise: false, schedule: false })),
  );
  await boss.start();
  const queues = names.map((name) => name.replaceAll('.', '_'));
  for (const name of queues) {
    await boss.createQueue(name);
    for (let i = 0; i < 3; i++) await boss.send(name, { i });
  }
  const monitors = queues.map((name) => jobs.monitor(boss, name));
  const load = await watching(
    connectionString,
    { engine: 'pg-boss', queues: names.length },
    minutes,
    counter,
  );
  for (const monitor of monitors) monitor.stop();
  await boss.stop({ graceful: false });
  await box.shutdown({ timeoutMillis: 2000 });
  return load;
}

async function graphileLoad(
  connectionString: string,
  names: readonly string[],
  minutes: number,
  counter: Counter,
): Promise<Load> {
  const box = createBox();
  const jobs = graphileJobs(box);
  const pool = new pg.Pool({ connectionString });
  const utils = await makeWorkerUtils({ pgPool: pool });
  await utils.migrate();
  for (const name of names) for (let i = 0; i < 3; i++) await utils.addJob(name, { i });
  const monitors = names.map((name) => jobs.monitor(pool, name));
  const about = { engine: 'graphile-worker', queues: names.length };
  const load = await watching(connectionString, about, minutes, counter);
  for (const monitor of monitors) monitor.stop();
  await utils.release();
  await pool.end();
  await box.shutdown({ timeoutMillis: 2000 });
  return load;
}

async function watching(
  connectionString: string,
  about: Pick<Load, 'engine' | 'queues'>,
  minutes: number,
  counter: Counter,
): Promise<Load> {
  const url = new URL(connectionString);
  const name = url.pathname.slice(1);
  url.pathname = '/postgres';
  const asking = new pg.Client({ connectionString: url.href });
  await asking.connect();
  try {
    return await watch(about, minutes, counter, async () => {
      // What sessions have not told yet comes within a second.
      await new Promise((resolve) => setTimeout(resolve, 1500));
      const { rows } = await asking.query('select active_time from pg_stat_database where datname = $1', [
        name,
      ]);
      return Number((rows[0] as { active_time: number }).active_time);
    });
  } finally {
    await asking.end();
  }
}

/** Counts the queries of all clients of this process; returns its undo. */
function countQueries(counter: Counter): () => void {
  const { query } = pg.Client.prototype;
  pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
    counter.add();
    return Reflect.apply(query, this, args);
  } as typeof query;
  return () => {
    pg.Client.prototype.query = query;
  };
}
