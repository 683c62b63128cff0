import type { ConstructorOptions, JobWithMetadata, PgBoss } from 'pg-boss';
import type { Postgres } from '../../support/postgres.js';
import type { Address, Ask, Call, Driver, Handler, Traits, World } from '../driver.js';
import type { Hands } from '../hands.js';
import { BARE } from '../hands.js';
import type { Line } from '../setting.js';
import { until } from '../until.js';
import type { ObservedPgBoss } from './pg-boss-forms.js';
import { observedPgBoss } from './pg-boss-forms.js';
import type { PgBossRelease } from './pg-boss-release.js';
import { RELEASES } from './pg-boss-release.js';
import type { PgBossStore, PgBossStores } from './pg-boss-stores.js';
import { pgliteStores, serverStores, storeAt } from './pg-boss-stores.js';

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

/** pg-boss on PGlite; on a PostgreSQL server where several processes take part. */
export const pgBoss: Driver = pgBossOn(pgliteStores());

/** pg-boss of that release. An older one has no PGlite: it is on a server. */
export function pgBossOf(line?: Line): Driver {
  return line === undefined ? pgBoss : pgBossOn(serverStores('one'), { line });
}

/** pg-boss on a PostgreSQL server, with a new database for each scenario. */
export function pgBossOnServer(start: () => Promise<Postgres>): Driver {
  return pgBossOn(serverStores('each', start));
}

/** pg-boss on a PGlite, with test doubles in the driver's hands. */
export function pgBossWith(hands: Hands): Driver {
  return pgBossOn(pgliteStores(), { hands });
}

interface PgBossSetting {
  readonly line?: Line;
  readonly hands?: Hands;
}

function pgBossOn(stores: PgBossStores, { line, hands = BARE }: PgBossSetting = {}): Driver {
  const release = RELEASES[line ?? 'this'];
  if (!release) throw new Error(`Nobody knows what ${line} can.`);
  return {
    engine: 'pg-boss',
    traits: { ...traits, ...release.traits },
    start: async () => void (await stores.lone()),
    stop: stores.stop,
    open: async (box, _ledger, { processes = false, schedules = false, form, observed } = {}) => {
      const store = await (processes ? stores.shared() : stores.lone());
      const seen = await observedPgBoss(box, { line, form, observed, hands });
      const address =
        store.address === ''
          ? undefined
          : ({ engine: 'pg-boss', connection: store.address, line, form } as const);
      return openWorld({ seen, release, hands, options: optionsOf(store, schedules) }, address);
    },
    join: async (box, { queue, connection, line, form, observed }, handler) => {
      const seen = await observedPgBoss(box, { line, form, observed, hands });
      const boss = await startBoss(seen, { ...optionsOf(storeAt(connection), false), supervise: false });
      await boss.work(queue, { ...POLLING, includeMetadata: true }, async ([job]: JobWithMetadata[]) =>
        handler(callOf(job as JobWithMetadata)),
      );
      return {
        close: async () => {
          await boss.stop({ graceful: true, timeout: 5000 });
          seen.end();
        },
      };
    },
  };
}

interface Making {
  readonly seen: ObservedPgBoss;
  readonly release: PgBossRelease;
  readonly hands: Hands;
  readonly options: ConstructorOptions;
}

async function openWorld(
  { seen, release, hands, options }: Making,
  address: Omit<Address, 'queue'> | undefined,
): Promise<World> {
  const name = `boss-${process.pid}-${++queues}`;
  const boss = await startBoss(seen, options);
  const others: PgBoss[] = [];
  await boss.createQueue(name);
  // One more, which is not observed: it does behind its back what another program would do.
  const stranger = new seen.Unseen({ ...options, supervise: false, schedule: false });
  await stranger.start();
  const running = new Set<Promise<unknown>>();
  const counted = async (ended: Promise<unknown>): Promise<unknown> => {
    running.add(ended);
    try {
      return await ended;
    } finally {
      running.delete(ended);
    }
  };
  const close = async (one: PgBoss): Promise<void> => {
    await one.offWork(name, { wait: true });
    if (!release.awaitsWorkers) await until('the handlers have ended', () => running.size === 0);
  };
  return {
    queue: name,
    ...(address && { address: { ...address, queue: name } }),
    add: (ask, payload) => boss.send(name, payload as object, jobOptionsOf(ask)),
    addBulk: (asks, payloads) =>
      release.insert(
        { boss, stranger, name },
        asks.map((ask, i) => ({ ...jobOptionsOf(ask), data: payloads[i] as object })),
      ),
    schedule: (payload) => boss.schedule(name, '* * * * *', payload as object),
    work: async (handler, { concurrency = 1, rescues = false } = {}) => {
      // One that rescues is another instance: the first may still hold what was taken away.
      const own = rescues ? await startBoss(seen, options) : boss;
      if (rescues) others.push(own);
      await release.work(own, name, { ...POLLING, includeMetadata: true }, concurrency, () =>
        hands.handler('handler', ([job]: JobWithMetadata[]) =>
          counted(handled(handler, job as JobWithMetadata)),
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
    monitor: () => seen.jobs.monitor(seen.watcher(boss, stranger), name, { intervalMillis: 1000 }),
    row: async (id) => {
      const state = await release.stateOf(stranger, name, id);
      return { state: state === undefined ? 'gone' : STATES[state] };
    },
    close: async () => {
      for (const one of [...others, boss, stranger]) await one.stop({ graceful: true, timeout: 5000 });
      seen.end();
    },
  };
}

// What it throws at once is a rejection, too.
async function handled(handler: Handler, job: JobWithMetadata): Promise<unknown> {
  return handler(callOf(job));
}

async function startBoss(seen: ObservedPgBoss, options: ConstructorOptions): Promise<PgBoss> {
  const boss = seen.boss(options);
  boss.on('error', (error) => console.error('pg-boss:', error));
  await boss.start();
  return boss;
}

function optionsOf(store: PgBossStore, schedules: boolean): ConstructorOptions {
  return {
    ...store.options,
    schedule: schedules,
    cronMonitorIntervalSeconds: 1,
    cronWorkerIntervalSeconds: 1,
    superviseIntervalSeconds: 1,
    monitorIntervalSeconds: 1,
    // The same of 10.
    maintenanceIntervalSeconds: 1,
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
