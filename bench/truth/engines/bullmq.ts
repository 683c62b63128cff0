import type { Job } from 'bullmq';
import { Queue, Worker } from 'bullmq';
import { bullmqJobs } from 'signalbox/bullmq';
import type { Plan } from '../plan.js';
import { MAX_ATTEMPTS, QUEUE } from '../plan.js';
import { startRedisServer } from '../stores/redis.js';
import type { Engine, StoredJob } from './engine.js';

const BACKOFF_MILLIS = 500;
const PAGE = 1000;

/** BullMQ on Redis. A worker's lock is short, so that what a killed one held is found soon. */
export const bullmq: Engine = {
  name: 'bullmq',
  system: 'bullmq',
  startStore: startRedisServer,
  prepare: async () => undefined,
  produce: async (box, url, notes) => {
    const jobs = bullmqJobs(box, { types: [QUEUE] });
    const queue = jobs.queue(new Queue<Plan>(QUEUE, { connection: { url } }));
    queue.on('error', notes.trouble);
    const monitor = jobs.monitor(queue, { intervalMillis: 5000 });
    return {
      add: async (plan) => {
        const backoff = { type: 'fixed', delay: BACKOFF_MILLIS };
        const job = await queue.add(QUEUE, plan, { attempts: MAX_ATTEMPTS, backoff });
        return job.id ?? '';
      },
      free: async () => undefined,
      close: async () => {
        monitor.stop();
        await queue.close();
      },
    };
  },
  work: async (box, url, handler, notes) => {
    const jobs = bullmqJobs(box, { types: [QUEUE], attemptLinks: 'persist' });
    const worker = jobs.worker(
      async (job: Job<Plan>) => handler({ id: job.id ?? '', number: job.attemptsMade + 1, plan: job.data }),
      (processor) =>
        new Worker<Plan>(QUEUE, processor, {
          connection: { url },
          concurrency: 10,
          lockDuration: 5000,
          stalledInterval: 2000,
        }),
    );
    worker.on('error', notes.trouble);
    await worker.waitUntilReady();
    return { close: () => worker.close() };
  },
  open: async (url) => {
    return withQueue(url, async (queue) => {
      const { completed = 0, failed = 0, ...open } = await queue.getJobCounts();
      return Object.values(open).reduce((sum, n) => sum + n, 0);
    });
  },
  read: async (url) => {
    return withQueue(url, async (queue) => {
      const found = new Map<string, StoredJob>();
      for (const state of ['completed', 'failed', 'wait', 'active', 'delayed', 'prioritized'] as const) {
        for (let from = 0; ; from += PAGE) {
          const page = await queue.getJobs([state], from, from + PAGE - 1);
          for (const job of page) {
            if (job?.id === undefined) continue;
            found.set(job.id, {
              key: job.data.key,
              state: state === 'completed' || state === 'failed' ? state : 'open',
              attempts: job.attemptsMade,
              why: job.failedReason,
            });
          }
          if (page.length < PAGE) break;
        }
      }
      return found;
    });
  },
};

async function withQueue<T>(url: string, ask: (queue: Queue<Plan>) => Promise<T>): Promise<T> {
  const queue = new Queue<Plan>(QUEUE, { connection: { url } });
  queue.on('error', () => undefined);
  try {
    return await ask(queue);
  } finally {
    await queue.close();
  }
}
