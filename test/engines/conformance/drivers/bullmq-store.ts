import { createRequire } from 'node:module';
import type { QueueOptions } from 'bullmq';
import { Cluster, Redis } from 'ioredis';
import pg from 'pg';
import { moduleOf } from '../../lines/line.js';
import type { Line } from '../setting.js';

/** What a driver needs of the module, of any release. */
export type BullMQModule = Pick<typeof import('bullmq'), 'Queue' | 'Worker'>;

/** Where BullMQ keeps its jobs, and how its queues and workers come there. Other processes find it by its address. */
export interface BullMQStore {
  readonly address: string;
  /** The classes whose jobs are kept there. */
  readonly classes: BullMQModule;
  /** The options by which a queue or worker comes there. */
  way(): Pick<QueueOptions, 'connection' | 'prefix'>;
  /** Whether the lock of a job is gone, so that another worker may have it. */
  isFree(queue: string, id: string): Promise<boolean>;
  close(): Promise<void>;
}

const CLUSTER = 'redis-cluster:';

/** The address of a Redis Cluster, by that of one of its nodes. */
export function clusterAddress(node: string): string {
  return node.replace(/^redis:/, CLUSTER);
}

/** The module as an app requires it: an instrumentation sees it then. Default: the repository's own release. */
export async function loadBullMQ<M extends BullMQModule>(line?: Line): Promise<M> {
  return line === undefined ? createRequire(import.meta.url)('bullmq') : moduleOf(line, 'bullmq');
}

/** The store at an address: one Redis, a Redis Cluster, or PostgreSQL. */
export async function storeAt(address: string, line?: Line): Promise<BullMQStore> {
  const { protocol, hostname: host, port } = new URL(address);
  if (protocol.startsWith('postgres')) return postgresStore(address, await loadBullMQ(line));
  const bullmq = await loadBullMQ(line);
  if (protocol === CLUSTER) return clusterStore(address, bullmq, { host, port: Number(port) });
  return redisStore(address, bullmq, { host, port: Number(port) });
}

function redisStore(
  address: string,
  classes: BullMQModule,
  connection: { host: string; port: number },
): BullMQStore {
  let redis: Redis | undefined;
  return {
    address,
    classes,
    way: () => ({ connection }),
    isFree: async (queue, id) => {
      redis ??= new Redis(address);
      return (await redis.exists(`bull:${queue}:${id}:lock`)) === 0;
    },
    close: async () => void (await redis?.quit()),
  };
}

/** All keys of all queues are in one slot: their prefix has a hash tag. */
function clusterStore(
  address: string,
  classes: BullMQModule,
  node: { host: string; port: number },
): BullMQStore {
  const prefix = '{bull}';
  const made: Cluster[] = [];
  let own: Cluster | undefined;
  return {
    address,
    classes,
    way: () => {
      const cluster = new Cluster([node], {
        redisOptions: { maxRetriesPerRequest: null },
        // Its nodes are on loopback, under the addresses that they tell.
        dnsLookup: (name, done) => done(null, name),
      });
      made.push(cluster);
      return { connection: cluster as unknown as NonNullable<QueueOptions['connection']>, prefix };
    },
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

function postgresStore(
  address: string,
  { createPostgresBackend, withBackend }: typeof import('bullmq'),
): BullMQStore {
  let pool: pg.Pool | undefined;
  return {
    address,
    classes: withBackend(createPostgresBackend) as unknown as BullMQModule,
    way: () => ({ connection: address as unknown as NonNullable<QueueOptions['connection']> }),
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
