import { Redis } from 'ioredis';
import { NoEngine } from './engine.js';
import { keepServer } from './keeper.js';

/** A Redis server, running. */
export interface RunningRedis {
  readonly url: string;
  /** In a sentence for a person. */
  readonly where: string;
  /** Ends it where it was started here. */
  stop(): Promise<void>;
}

const ANSWER_MILLIS = 5000;

/**
 * The server that REDIS_URL names, else a `redis-server` of this machine on a free loopback port, which keeps nothing on disk.
 *
 * @throws {NoEngine} Where there is none.
 */
export async function startRedis(): Promise<RunningRedis> {
  const given = process.env.REDIS_URL;
  if (given) {
    await look(given);
    return { url: given, where: 'the Redis of REDIS_URL', stop: async () => undefined };
  }
  try {
    return { ...(await keepServer('redis')), where: 'a redis-server of its own' };
  } catch (error) {
    throw new NoEngine(
      `--engine bullmq needs a Redis: install redis-server (Debian: apt-get install redis-server), or give REDIS_URL of one that runs (${(error as Error).message}).`,
    );
  }
}

/** BullMQ itself would try for ever. The URL is in no message: it may have a password. */
async function look(url: string): Promise<void> {
  if (!/^rediss?:\/\//.test(url))
    throw new NoEngine('--engine bullmq needs a Redis: REDIS_URL is no redis:// or rediss:// URL.');
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: ANSWER_MILLIS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  // The first that it meets is why there is no connection; what is thrown says only that there is none.
  let why: unknown;
  redis.on('error', (error) => (why ??= error));
  try {
    await redis.connect();
    await redis.ping();
  } catch (error) {
    // Of several addresses that were tried only the code tells.
    const { message, code } = (why ?? error) as NodeJS.ErrnoException;
    throw new NoEngine(
      `--engine bullmq needs a Redis, and the one of REDIS_URL does not answer: ${message || code}.`,
    );
  } finally {
    redis.disconnect();
  }
}
