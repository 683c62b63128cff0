import { Queue, Worker } from 'bullmq';
import { bullmqJobs } from 'signalbox/bullmq';
import { JOB_TYPES } from '../plan.js';
import type { Stored } from './desk.js';
import { Desk } from './desk.js';
import type { Engine, EngineSetup } from './engine.js';
import { startRedis } from './redis.js';

const BACKOFF_MILLIS = 1000;
const ATTEMPTS = 3;
const QUEUE = 'jobs';
/** Here 1 is the highest priority, and 0 is none. */
const LOWEST = 10;
/** Of the jobs that have ended it keeps the last. */
const FORGET = { removeOnComplete: { count: 1000 }, removeOnFail: { count: 1000 } };

/** BullMQ on Redis: one worker with so many slots. */
export async function startBullmq(setup: EngineSetup): Promise<Engine> {
  const { box, relation, workers, speed, healthMillis, processors } = setup;
  const backoff = (attempt: number): number => Math.round((attempt ** 2 * BACKOFF_MILLIS) / speed);
  const redis = await startRedis();
  const connection = { url: redis.url };
  // A Redis of the user may have a queue of this name already.
  const place = { connection, prefix: `signalbox-${process.pid}` };
  const desk = new Desk(processors, backoff);

  const jobs = bullmqJobs(box, { relation, types: JOB_TYPES });
  const queue = jobs.queue(new Queue<Stored>(QUEUE, place));
  const worker = jobs.worker<Stored>(
    async (job, _token, signal) =>
      desk.run(job.name, {
        id: job.id ?? '',
        stored: job.data,
        attempt: job.attemptsMade + 1,
        worker: 'worker-1',
        signal,
      }),
    (processor) =>
      new Worker(QUEUE, processor, {
        ...place,
        name: 'worker-1',
        concurrency: Math.max(1, workers),
        autorun: workers > 0,
        settings: { backoffStrategy: backoff },
      }),
  );
  // Without listeners BullMQ writes them to the console.
  const told = (error: Error): void => box.error('Redis is in trouble', { error });
  queue.on('error', told);
  worker.on('error', told);
  const monitor = jobs.monitor(queue, { intervalMillis: healthMillis });
  monitor.start();

  return {
    unbounded: true,
    enqueue: async (job) => {
      const { stored, runnableAt } = desk.take(job);
      const priority = LOWEST - (job.priority ?? 0);
      const options = { jobId: job.id, priority, attempts: ATTEMPTS, backoff: { type: 'custom' }, ...FORGET };
      await queue.add(job.type, stored, options);
      const withdraw = async (): Promise<boolean> => {
        const isGone = (await queue.remove(job.id)) === 1;
        if (isGone) desk.withdrawn(job.id);
        return isGone;
      };
      return { accepted: true, runnableAt, priority, withdraw };
    },
    counts: () => desk.counts(),
    idle: () => desk.idle(),
    shutdown: async () => {
      await worker.close();
      monitor.stop();
      await queue.obliterate({ force: true });
      await queue.close();
      await redis.stop();
    },
    notes: [`BullMQ on ${redis.where}; retries after ${backoff(1)} and ${backoff(2)} ms; it refuses nothing`],
  };
}
