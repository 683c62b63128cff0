import { PGlite } from '@electric-sql/pglite';
import type { ConstructorOptions, JobWithMetadata } from 'pg-boss';
import { fromPglite, PgBoss } from 'pg-boss';
import type { Signalbox } from 'signalbox';
import type { PgBossJobs } from 'signalbox/pg-boss';
import type { Postgres } from '../../support/postgres.js';
import { startPostgres } from '../../support/postgres.js';
import type { Ask, Call, Driver, Traits, World } from '../driver.js';
import type { Hands } from '../hands.js';
import { BARE, held } from '../hands.js';
import type { Observed } from '../release.js';
import { releaseOf } from '../release.js';

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

let queues = 0;

/** The databases that a driver's bosses work on. */
interface Stores {
  /** Where one process works on it, its own PGlite may do: then it has no address. */
  readonly lone: () => Promise<Store>;
  /** Where several processes work on it. */
  readonly shared: () => Promise<Store>;
  readonly stop: () => Promise<void>;
}

interface Store {
  readonly address: string;
  readonly options: ConstructorOptions;
}

/** pg-boss on PGlite; on a PostgreSQL server where several processes take part. */
export const pgBoss: Driver = pgBossOn(pgliteStores());

/** pg-boss on a PostgreSQL server, with a new database for each scenario. */
export function pgBossOnServer(start: () => Promise<Postgres>): Driver {
  let server: Promise<Postgres> | undefined;
  const database = async (): Promise<Store> => {
    server ??= start();
    return storeAt(await (await server).database());
  };
  return pgBossOn({ lone: database, shared: database, stop: async () => (await server)?.stop() });
}

function pgliteStores(): Stores {
  let pglite: Promise<PGlite> | undefined;
  let postgres: Promise<Postgres> | undefined;
  return {
    lone: async () => {
      pglite ??= PGlite.create();
      return { address: '', options: { db: fromPglite(await pglite), backend: 'pglite' } };
    },
    shared: async () => {
      postgres ??= startPostgres();
      return storeAt(await (await postgres).database());
    },
    stop: async () => {
      await (await pglite)?.close();
      await (await postgres)?.stop();
    },
  };
}

function storeAt(address: string): Store {
  return { address, options: { connectionString: address, max: 4 } };
}

/** pg-boss on a PGlite, with test doubles in the driver's hands. */
export function pgBossWith(hands: Hands): Driver {
  return pgBossOn(pgliteStores(), hands);
}

function pgBossOn(stores: Stores, hands: Hands = BARE): Driver {
  return {
    engine: 'pg-boss',
    traits,
    start: async () => void (await stores.lone()),
    stop: stores.stop,
    open: async (box, _ledger, { processes = false, schedules = false, observed } = {}) => {
      const name = `boss-${process.pid}-${++queues}`;
      const store = await (processes ? stores.shared() : stores.lone());
      const jobs = await observe(box, observed);
      const options = optionsOf(store, schedules);
      const boss = await startBoss(jobs, options, hands);
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
        ...(store.address === ''
          ? {}
          : { address: { engine: 'pg-boss' as const, queue: name, connection: store.address } }),
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
          const own = rescues ? await startBoss(jobs, options, hands) : boss;
          if (rescues) others.push(own);
          await own.work(
            name,
            { ...POLLING, includeMetadata: true, localConcurrency: concurrency },
            hands.handler('handler', async ([job]: JobWithMetadata[]) =>
              handler(callOf(job as JobWithMetadata)),
            ),
          );
          return {
            close: () => close(own),
            kill: () => own.stop({ graceful: true, timeout: 500, close: false }),
          };
        },
        workBatches: async (handler, size) => {
          await boss.work(
            name,
            { ...POLLING, includeMetadata: true, batchSize: size },
            hands.handler('handler', async (batch: JobWithMetadata[]) =>
              handler(batch.map((job) => callOf(job))),
            ),
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
    join: async (box, { queue, connection, observed }, handler) => {
      const jobs = await observe(box, observed);
      const boss = await startBoss(
        jobs,
        { ...optionsOf(storeAt(connection), false), supervise: false },
        hands,
      );
      await boss.work(queue, { ...POLLING, includeMetadata: true }, async ([job]) =>
        handler(callOf(job as JobWithMetadata)),
      );
      return { close: () => boss.stop({ graceful: true, timeout: 5000 }) };
    },
  };
}

// A job that was brought back after its end is linked to what came before by what its row says alone.
async function observe(box: Signalbox, { release, options }: Observed = {}): Promise<PgBossJobs> {
  const { pgBossJobs } = await (await releaseOf(release)).pgBoss();
  return pgBossJobs(box, { attemptLinks: 'persist', ...options });
}

async function startBoss(jobs: PgBossJobs, options: ConstructorOptions, hands: Hands): Promise<PgBoss> {
  const boss = held(hands, 'boss', new PgBoss(jobs.options(options)), (given) => jobs.boss(given));
  boss.on('error', (error) => console.error('pg-boss:', error));
  await boss.start();
  return boss;
}

function optionsOf(store: Store, schedules: boolean): ConstructorOptions {
  return {
    ...store.options,
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
