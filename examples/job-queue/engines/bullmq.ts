import { Queue, Worker } from 'bullmq';
import { bullmqJobs } from 'signalbox/bullmq';
import { JOB_TYPES } from '../plan.js';
import { MAX_ATTEMPTS } from './desk.js';
import { startRedis } from './redis.js';
import type { Address, Link, LinkSetup, Stored, StoredEngine } from './stored-engine.js';

const BACKOFF_MILLIS = 1000;
const QUEUE = 'jobs';
/** Here 1 is the highest priority, and 0 is none. */
const LOWEST = 10;
/** Of the jobs that have ended it keeps the last. */
const FORGET = { removeOnComplete: { count: 1000 }, removeOnFail: { count: 1000 } };

const backoffMillis = (attempt: number, speed: number): number =>
  Math.round((attempt ** 2 * BACKOFF_MILLIS) / speed);

/** BullMQ on Redis: one worker with so many slots. */
export const bullmq: StoredEngine = {
  open: async () => {
    const { url, where, stop } = await startRedis();
    // A Redis of the user may have a queue of this name already.
    return { address: { url, namespace: `signalbox-${process.pid}` }, where, stop };
  },
  connect,
  backoffMillis,
  note: (where, { speed }) =>
    `BullMQ on ${where}; retries after ${backoffMillis(1, speed)} and ${backoffMillis(2, speed)} ms; it refuses nothing`,
};

async function connect({ url, namespace }: Address, setup: LinkSetup): Promise<Link> {
  const { box, relation, workers, speed } = setup;
  const place = { connection: { url }, prefix: namespace };
  const jobs = bullmqJobs(box, { relation, types: JOB_TYPES });
  // Without listeners BullMQ writes them to the console.
  const told = (error: Error): void => box.error('Redis is in trouble', { error });

  return {
    openIntake: async (healthMillis) => {
      const queue = jobs.queue(new Queue<Stored>(QUEUE, place));
      queue.on('error', told);
      const monitor = jobs.monitor(queue, { intervalMillis: healthMillis });
      return {
        enqueue: async ({ id, type, priority: wanted = 0 }, stored) => {
          const priority = LOWEST - wanted;
          const retries = { attempts: MAX_ATTEMPTS, backoff: { type: 'custom' } };
          await queue.add(type, stored, { jobId: id, priority, ...retries, ...FORGET });
          return { id, priority, withdraw: async () => (await queue.remove(id)) === 1 };
        },
        close: async () => {
          monitor.stop();
          await queue.obliterate({ force: true });
          await queue.close();
        },
      };
    },
    startWorkers: async (desk) => {
      const worker = jobs.worker<Stored>(
        Worker,
        QUEUE,
        async (job, _token, signal) =>
          desk.run(job.name, {
            id: job.id ?? '',
            stored: job.data,
            attempt: job.attemptsMade + 1,
            worker: 'worker-1',
            signal,
          }),
        {
          ...place,
          name: 'worker-1',
          concurrency: Math.max(1, workers),
          autorun: workers > 0,
          settings: { backoffStrategy: (attempt) => backoffMillis(attempt, speed) },
        },
      );
      worker.on('error', told);
      return { stop: () => worker.close() };
    },
    close: async () => undefined,
  };
}
