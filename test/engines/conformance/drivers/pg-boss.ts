import { PGlite } from '@electric-sql/pglite';
import type { ConstructorOptions, JobWithMetadata } from 'pg-boss';
import { fromPglite, PgBoss } from 'pg-boss';
import { pgBossJobs } from 'signalbox/pg-boss';
import type { Postgres } from '../../support/postgres.js';
import { startPostgres } from '../../support/postgres.js';
import type { Ask, Call, Driver, Traits, World } from '../driver.js';

const BACKOFF_MILLIS = 1000;

const traits: Traits = {
  system: 'pg-boss',
  types: false,
  tellsDuplicates: true,
  waits: { first: true, delayed: true, retry: true },
  tellsRetryDelay: true,
  backoffMillis: () => BACKOFF_MILLIS,
  handoverMillis: 250,
  // It rewrites `start_after` by its own clock when it stores the failure.
  latenessMillis: 250,
  limitLatenessMillis: 100,
  tellsStalls: true,
  tellsLastStall: false,
  linksAcrossLives: true,
  throwsNothing: true,
  cancelReason: 'cancelled',
  cancelled: { settled: 'lost', aborts: false, retries: false, reason: 'cancelled' },
  forced: {
    settled: 'failed',
    error: Object.assign(new Error('pg-boss shut down while active'), { code: 'shutdown' }),
    ends: false,
  },
  ticks: 1,
  // Its timekeeper sends each tick, which is seen: each has a trace of its own.
  scheduled: { waits: 'any' },
  taken: {},
  bulk: 'one',
};

const STATES = {
  created: 'waiting',
  retry: 'delayed',
  active: 'active',
  completed: 'completed',
  cancelled: 'cancelled',
  failed: 'failed',
  blocked: 'waiting',
} as const;

const POLLING = { pollingIntervalSeconds: 0.5 };

let pglite: PGlite | undefined;
let postgres: Promise<Postgres> | undefined;
let queues = 0;

/** pg-boss on PGlite; on a PostgreSQL server where several processes take part. */
export const pgBoss: Driver = {
  engine: 'pg-boss',
  traits,
  start: async () => {
    pglite = await PGlite.create();
  },
  stop: async () => {
    await pglite?.close();
    await (await postgres)?.stop();
  },
  open: async (box, _ledger, { processes = false, schedules = false } = {}) => {
    const name = `boss-${process.pid}-${++queues}`;
    const connection = processes ? await database() : '';
    const jobs = pgBossJobs(box);
    const options = optionsOf(connection, schedules);
    const boss = await startBoss(jobs, options);
    const others: PgBoss[] = [];
    await boss.createQueue(name);
    // One more, which is not observed: it does behind its back what another program would do.
    const stranger = new PgBoss({ ...options, supervise: false, schedule: false });
    await stranger.start();
    const send = (ask: Ask, payload: unknown): Promise<string | null> =>
      boss.send(name, payload as object, jobOptionsOf(ask));
    const close = async (one: PgBoss): Promise<void> => {
      await one.offWork(name, { wait: true });
    };
    const world: World = {
      queue: name,
      ...(processes ? { address: { engine: 'pg-boss' as const, queue: name, connection } } : {}),
      add: send,
      addBulk: async (asks, payloads) =>
        (await boss.insert(
          name,
          asks.map((ask, i) => ({ ...jobOptionsOf(ask), data: payloads[i] as object })),
          { returnId: true },
        )) ?? [],
      schedule: (payload) => boss.schedule(name, '* * * * *', payload as object),
      work: async (handler, { concurrency = 1, rescues = false } = {}) => {
        // One that rescues is another instance: the first may still hold what was taken away.
        const own = rescues ? await startBoss(jobs, options) : boss;
        if (rescues) others.push(own);
        await own.work(
          name,
          { ...POLLING, includeMetadata: true, localConcurrency: concurrency },
          async ([job]) => handler(callOf(job as JobWithMetadata)),
        );
        return {
          close: () => close(own),
          kill: () => own.stop({ graceful: true, timeout: 500, close: false }),
        };
      },
      workBatches: async (handler, size) => {
        await boss.work(name, { ...POLLING, includeMetadata: true, batchSize: size }, async (batch) =>
          handler(batch.map((job) => callOf(job as JobWithMetadata))),
        );
        return { close: () => close(boss) };
      },
      cancel: async (id) => {
        await boss.cancel(name, id);
      },
      cancelRunning: async (id) => {
        await boss.cancel(name, id);
      },
      takeAway: async (id) => {
        await stranger.fail(name, id, { message: 'taken away' });
      },
      retry: async (id) => {
        await boss.retry(name, id);
      },
      monitor: () => jobs.monitor(boss, name, { intervalMillis: 1000 }),
      row: async (id) => {
        const [job] = await stranger.findJobs(name, { id });
        return { state: job ? STATES[job.state] : 'gone' };
      },
      close: async () => {
        for (const one of [...others, boss, stranger]) await one.stop({ graceful: true, timeout: 5000 });
      },
    };
    return world;
  },
  join: async (box, { queue, connection }, handler) => {
    const jobs = pgBossJobs(box);
    const boss = await startBoss(jobs, { ...optionsOf(connection, false), supervise: false });
    await boss.work(queue, { ...POLLING, includeMetadata: true }, async ([job]) =>
      handler(callOf(job as JobWithMetadata)),
    );
    return { close: () => boss.stop({ graceful: true, timeout: 5000 }) };
  },
};

async function database(): Promise<string> {
  postgres ??= startPostgres();
  return (await postgres).database();
}

async function startBoss(jobs: ReturnType<typeof pgBossJobs>, options: ConstructorOptions): Promise<PgBoss> {
  const boss = jobs.boss(new PgBoss(jobs.options(options)));
  boss.on('error', (error) => console.error('pg-boss:', error));
  await boss.start();
  return boss;
}

function optionsOf(connection: string, schedules: boolean): ConstructorOptions {
  const store: ConstructorOptions =
    connection === ''
      ? { db: fromPglite(pglite as PGlite), backend: 'pglite' }
      : { connectionString: connection, max: 4 };
  return {
    ...store,
    schedule: schedules,
    cronMonitorIntervalSeconds: 1,
    cronWorkerIntervalSeconds: 1,
    superviseIntervalSeconds: 1,
    monitorIntervalSeconds: 1,
  };
}

function jobOptionsOf({ id, delayMillis, priority, maxAttempts = 1, limitMillis }: Ask) {
  return {
    ...(id === undefined ? {} : { id }),
    ...(delayMillis === undefined ? {} : { startAfter: new Date(Date.now() + delayMillis) }),
    ...(priority === undefined ? {} : { priority }),
    retryLimit: maxAttempts - 1,
    retryDelay: BACKOFF_MILLIS / 1000,
    ...(limitMillis === undefined ? {} : { expireInSeconds: limitMillis / 1000 }),
  };
}

function callOf(job: JobWithMetadata): Call {
  return {
    id: job.id,
    number: job.retryCount + 1,
    payload: job.data,
    signal: job.signal,
    defer: () => Promise.reject(new Error('It defers nothing.')),
  };
}
