import type { Job } from 'bullmq';
import { Queue, Worker } from 'bullmq';
import { Redis as Store } from 'ioredis';
import { bullmqJobs } from 'signalbox/bullmq';
import type { Redis } from '../../support/redis.js';
import { startRedis } from '../../support/redis.js';
import type { Ask, Driver, Handler, Traits, WorkOptions, World } from '../driver.js';
import { TYPE } from '../type.js';
import { until } from '../until.js';

const BACKOFF_MILLIS = 50;

const traits: Traits = {
  system: 'bullmq',
  types: true,
  tellsDuplicates: true,
  waits: { first: true, delayed: true, retry: true },
  tellsRetryDelay: true,
  backoffMillis: () => BACKOFF_MILLIS,
  handoverMillis: 20,
  latenessMillis: 20,
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

let redis: Redis | undefined;
let store: Store | undefined;
let queues = 0;

/** BullMQ on a real Redis. */
export const bullmq: Driver = {
  engine: 'bullmq',
  traits,
  start: async () => {
    redis = await startRedis();
    store = new Store(redis.url);
  },
  stop: async () => {
    await store?.quit();
    await redis?.stop();
  },
  open: async (box, _ledger, { processes = false } = {}) => {
    const url = redis?.url ?? '';
    const name = `bullmq-${process.pid}-${++queues}`;
    const jobs = bullmqJobs(box, { types: [TYPE], attemptLinks: processes ? 'persist' : 'memory' });
    const queue = jobs.queue(new Queue(name, { connection: connectionOf(url) }));
    const workers = new Set<Worker>();
    const running = async (id: string): Promise<Worker> => {
      const [worker] = workers;
      if (!worker) throw new Error(`Nobody runs ${id}.`);
      return worker;
    };
    const world: World = {
      queue: name,
      address: { engine: 'bullmq', queue: name, connection: url },
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
        const worker = startWorker(jobs, name, url, queue, handler, options);
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
        if (!(await running(id)).cancelJob(id, 'someone said so'))
          throw new Error(`${id} does not run here.`);
      },
      takeAway: (id) =>
        // Its lock is not renewed: it is enough to wait.
        until(
          `the lock of ${id} is lost`,
          async () => (await store?.exists(`bull:${name}:${id}:lock`)) === 0,
        ),
      retry: async (id) => {
        const job = await queue.getJob(id);
        if (!job) throw new Error(`${id} is not there.`);
        await job.retry('failed');
      },
      monitor: () => jobs.monitor(queue, { intervalMillis: 1000 }),
      row: async (id) => {
        const job = await queue.getJob(id);
        return { state: job ? (STATES[await job.getState()] ?? 'waiting') : 'gone' };
      },
      close: async () => {
        await queue.close();
      },
    };
    return world;
  },
  join: async (box, { queue: name, connection }, handler) => {
    const jobs = bullmqJobs(box, { types: [TYPE], attemptLinks: 'persist' });
    const queue = new Queue(name, { connection: connectionOf(connection) });
    const worker = startWorker(jobs, name, connection, queue, handler, { mayVanish: true });
    await worker.waitUntilReady();
    return {
      close: async () => {
        await worker.close();
        await queue.close();
      },
    };
  },
};

function startWorker(
  jobs: ReturnType<typeof bullmqJobs>,
  name: string,
  url: string,
  queue: Queue,
  handler: Handler,
  {
    concurrency = 1,
    losesLock = false,
    rescues = false,
    givesUp = false,
    mayVanish = false,
  }: WorkOptions = {},
): Worker {
  const processor = (job: Job, _token?: string, signal?: AbortSignal): unknown =>
    handler({
      id: job.id ?? '',
      number: job.attemptsMade + 1,
      payload: job.data,
      signal,
      defer: async (delayMillis) => {
        await queue.rateLimit(delayMillis);
        return Worker.RateLimitError();
      },
    });
  const worker = jobs.worker(
    async (job, token, signal) => processor(job, token, signal),
    (wrapped) =>
      new Worker(name, wrapped, {
        connection: connectionOf(url),
        concurrency,
        drainDelay: 1,
        ...(losesLock ? { lockDuration: 300, skipLockRenewal: true, skipStalledCheck: true } : {}),
        ...(mayVanish ? { lockDuration: 1000, skipStalledCheck: true } : {}),
        ...(rescues ? { stalledInterval: 200 } : {}),
        ...(givesUp ? { maxStalledCount: 0 } : {}),
      }),
  );
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

function connectionOf(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}
