import type { Job, Queue, Worker } from 'bullmq';
import { startRedis } from '../../support/redis.js';
import type { Address, Ask, Driver, Handler, Traits, WorkOptions, World } from '../driver.js';
import type { Hands } from '../hands.js';
import { BARE } from '../hands.js';
import type { Line } from '../setting.js';
import { TYPE } from '../type.js';
import { until } from '../until.js';
import type { ObservedBullMQ } from './bullmq-forms.js';
import { observedBullMQ } from './bullmq-forms.js';
import type { BullMQStore } from './bullmq-store.js';
import { storeAt } from './bullmq-store.js';

const BACKOFF_MILLIS = 250;

const traits: Traits = {
  system: 'bullmq',
  types: true,
  tellsDuplicates: true,
  waits: { first: true, delayed: true, retry: true },
  tellsRetryDelay: true,
  backoffMillis: () => BACKOFF_MILLIS,
  handoverMillis: 20,
  // A part of the backoff: a retry whose wait is counted from the failure is found.
  latenessMillis: 150,
  limitLatenessMillis: 0,
  tellsStalls: true,
  tellsLastStall: true,
  linksAcrossLives: false,
  throwsNothing: false,
  cancelReason: 'removed',
  cancelled: { settled: 'failed', aborts: true, retries: true },
  forced: { settled: 'lost', ends: false },
  ticks: 3,
  scheduled: { enqueued: false, queued: false, relation: 'none', waits: 'any' },
  taken: { stalls: true },
  bulk: 'each',
};

const STATES: Readonly<Record<string, 'waiting' | 'delayed' | 'active' | 'completed' | 'failed' | 'gone'>> = {
  completed: 'completed',
  failed: 'failed',
  delayed: 'delayed',
  active: 'active',
  waiting: 'waiting',
  prioritized: 'waiting',
  'waiting-children': 'waiting',
};

let queues = 0;

/** A server that keeps jobs of BullMQ. */
export interface Server {
  /** As `storeAt` takes it. */
  readonly address: string;
  stop(): Promise<void>;
}

/** What is other than with the repository's own release on one Redis. */
export interface BullMQSetting {
  readonly line?: Line | undefined;
  readonly hands?: Hands;
  readonly traits?: Partial<Traits>;
}

/** BullMQ on a real Redis, of that release. */
export function bullmqOf(line?: Line): Driver {
  return bullmqOn(
    async () => {
      const { url, stop } = await startRedis();
      return { address: url, stop };
    },
    { line },
  );
}

/** BullMQ on a server of that kind. */
export function bullmqOn(
  start: () => Promise<Server>,
  { line, hands = BARE, traits: other = {} }: BullMQSetting = {},
): Driver {
  let server: Server | undefined;
  let store: BullMQStore | undefined;
  return {
    engine: 'bullmq',
    traits: { ...traits, ...other },
    start: async () => {
      server = await start();
      store = await storeAt(server.address, line);
    },
    stop: async () => {
      await store?.close();
      await server?.stop();
    },
    open: async (box, _ledger, { processes = false, form, observed } = {}) => {
      if (!store) throw new Error('The server of BullMQ was not started.');
      const attemptLinks = processes ? 'persist' : 'memory';
      const seen = await observedBullMQ(box, store, { form, attemptLinks, observed, hands });
      const address = { engine: 'bullmq', connection: store.address, line, form } as const;
      return openWorld(store, seen, hands, address);
    },
    join: async (box, { queue: name, connection, line, form, observed }, handler) => {
      const store = await storeAt(connection, line);
      const seen = await observedBullMQ(box, store, { form, attemptLinks: 'persist', observed, hands });
      const queue = new store.classes.Queue(name, store.way());
      const worker = startWorker({ store, seen, queue }, handler, { mayVanish: true });
      await worker.waitUntilReady();
      return {
        close: async () => {
          await worker.close();
          await queue.close();
          seen.end();
          await store.close();
        },
      };
    },
  };
}

async function openWorld(
  store: BullMQStore,
  seen: ObservedBullMQ,
  hands: Hands,
  address: Omit<Address, 'queue'>,
): Promise<World> {
  const name = `bullmq-${process.pid}-${++queues}`;
  const queue = seen.queue(name);
  const workers = new Set<Worker>();
  const running = async (id: string): Promise<Worker> => {
    const [worker] = workers;
    if (!worker) throw new Error(`Nobody runs ${id}.`);
    return worker;
  };
  const world: World = {
    queue: name,
    address: { ...address, queue: name },
    add: async (ask, payload) => (await queue.add(TYPE, payload, optionsOf(ask))).id ?? null,
    addBulk: async (asks, payloads) => {
      const added = await queue.addBulk(
        asks.map((ask, i) => ({ name: TYPE, data: payloads[i], opts: optionsOf(ask) })),
      );
      return added.map(({ id }) => id ?? '');
    },
    schedule: async (payload) => {
      await queue.upsertJobScheduler('ticks', { every: 250, limit: 3 }, { name: TYPE, data: payload });
    },
    work: async (handler, options) => {
      const worker = startWorker({ store, seen, queue }, handler, options);
      workers.add(worker);
      await worker.waitUntilReady();
      return {
        close: async () => {
          await worker.close();
          workers.delete(worker);
        },
        kill: async () => {
          await worker.close(true);
          workers.delete(worker);
        },
      };
    },
    cancel: async (id) => {
      if ((await queue.remove(id)) !== 1) throw new Error(`${id} was not removed.`);
    },
    cancelRunning: async (id) => {
      if (!(await running(id)).cancelJob(id, 'someone said so')) throw new Error(`${id} does not run here.`);
    },
    takeAway: (id) =>
      // Its lock is not renewed: it is enough to wait.
      until(`the lock of ${id} is lost`, () => store.isFree(name, id)),
    retry: async (id) => {
      const job = await queue.getJob(id);
      if (!job) throw new Error(`${id} is not there.`);
      hands.over('job', job);
      await job.retry('failed');
    },
    monitor: () => seen.jobs.monitor(queue, { intervalMillis: 1000 }),
    row: async (id) => {
      const job = await queue.getJob(id);
      return { state: job ? (STATES[await job.getState()] ?? 'waiting') : 'gone' };
    },
    close: async () => {
      await queue.close();
      seen.end();
    },
  };
  return world;
}

interface Working {
  readonly store: BullMQStore;
  readonly seen: ObservedBullMQ;
  readonly queue: Queue;
}

function startWorker(
  { store, seen, queue }: Working,
  handler: Handler,
  {
    concurrency = 1,
    losesLock = false,
    rescues = false,
    givesUp = false,
    mayVanish = false,
  }: WorkOptions = {},
): Worker {
  const processor = async (job: Job, _token?: string, signal?: AbortSignal): Promise<unknown> =>
    handler({
      id: job.id ?? '',
      number: job.attemptsMade + 1,
      payload: job.data,
      signal,
      defer: async (delayMillis) => {
        await queue.rateLimit(delayMillis);
        return store.classes.Worker.RateLimitError();
      },
    });
  const worker = seen.worker(queue.name, processor, {
    concurrency,
    drainDelay: 1,
    ...(losesLock ? { lockDuration: 300, skipLockRenewal: true, skipStalledCheck: true } : {}),
    ...(mayVanish ? { lockDuration: 1000, skipStalledCheck: true } : {}),
    ...(rescues ? { stalledInterval: 200 } : {}),
    ...(givesUp ? { maxStalledCount: 0 } : {}),
  });
  // Without a listener it says so on the console: a lost lock is part of a scenario.
  worker.on('error', () => undefined);
  return worker;
}

function optionsOf({ id, delayMillis, priority, maxAttempts = 1 }: Ask) {
  return {
    ...(id === undefined ? {} : { jobId: id }),
    ...(delayMillis === undefined ? {} : { delay: delayMillis }),
    // Here 1 is the highest.
    ...(priority === undefined ? {} : { priority: 10 - priority }),
    attempts: maxAttempts,
    backoff: { type: 'fixed', delay: BACKOFF_MILLIS },
  };
}
