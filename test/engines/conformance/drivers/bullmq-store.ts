import type { Processor, Queue, QueueOptions, Worker, WorkerOptions } from 'bullmq';
import { createPostgresBackend, Queue as RedisQueue, Worker as RedisWorker, withBackend } from 'bullmq';
import { Cluster, Redis } from 'ioredis';
import pg from 'pg';

/** Where BullMQ keeps its jobs, and how its queues and workers come there. Other processes find it by its address. */
export interface BullMQStore {
  readonly address: string;
  queue(name: string): Queue;
  worker(name: string, processor: Processor, options: Omit<WorkerOptions, 'connection'>): Worker;
  /** Whether the lock of a job is gone, so that another worker may have it. */
  isFree(queue: string, id: string): Promise<boolean>;
  close(): Promise<void>;
}

const CLUSTER = 'redis-cluster:';

/** The address of a Redis Cluster, by that of one of its nodes. */
export function clusterAddress(node: string): string {
  return node.replace(/^redis:/, CLUSTER);
}

/** The store at an address: one Redis, a Redis Cluster, or PostgreSQL. */
export function storeAt(address: string): BullMQStore {
  const { protocol, hostname: host, port } = new URL(address);
  if (protocol === CLUSTER) return clusterStore(address, { host, port: Number(port) });
  if (protocol.startsWith('postgres')) return postgresStore(address);
  return redisStore(address, { host, port: Number(port) });
}

function redisStore(address: string, connection: { host: string; port: number }): BullMQStore {
  let redis: Redis | undefined;
  return {
    address,
    queue: (name) => new RedisQueue(name, { connection }),
    worker: (name, processor, options) => new RedisWorker(name, processor, { ...options, connection }),
    isFree: async (queue, id) => {
      redis ??= new Redis(address);
      return (await redis.exists(`bull:${queue}:${id}:lock`)) === 0;
    },
    close: async () => void (await redis?.quit()),
  };
}

/** All keys of all queues are in one slot: their prefix has a hash tag. */
function clusterStore(address: string, node: { host: string; port: number }): BullMQStore {
  const prefix = '{bull}';
  const made: Cluster[] = [];
  const connect = (): QueueOptions['connection'] => {
    const cluster = new Cluster([node], {
      redisOptions: { maxRetriesPerRequest: null },
      // Its nodes are on loopback, under the addresses that they tell.
      dnsLookup: (name, done) => done(null, name),
    });
    made.push(cluster);
    return cluster as unknown as QueueOptions['connection'];
  };
  let own: Cluster | undefined;
  return {
    address,
    queue: (name) => new RedisQueue(name, { connection: connect(), prefix }),
    worker: (name, processor, options) =>
      new RedisWorker(name, processor, { ...options, connection: connect(), prefix }),
    isFree: async (queue, id) => {
      own ??= new Cluster([node]);
      return (await own.exists(`${prefix}:${queue}:${id}:lock`)) === 0;
    },
    // A connection that BullMQ was given stays open when its queue is closed.
    close: async () => {
      for (const cluster of own ? [...made, own] : made) cluster.disconnect();
    },
  };
}

function postgresStore(address: string): BullMQStore {
  const classes = withBackend(createPostgresBackend);
  let pool: pg.Pool | undefined;
  return {
    address,
    queue: (name) => new classes.Queue(name, { connection: address }) as unknown as Queue,
    worker: (name, processor, options) =>
      new classes.Worker(name, processor, { ...options, connection: address } as never) as unknown as Worker,
    isFree: async (queue, id) => {
      pool ??= new pg.Pool({ connectionString: address, max: 1 });
      const { rows } = await pool.query<{ free: boolean }>(
        `select locked_until_ms is null or locked_until_ms < extract(epoch from clock_timestamp()) * 1000 as free
         from bullmq.job where queue = $1 and id = $2`,
        [queue, id],
      );
      return rows[0]?.free ?? true;
    },
    close: async () => void (await pool?.end()),
  };
}
