import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { bullmqJobs } from 'signalbox/bullmq';
import { startRedis } from '../../../test/engines/support/redis.js';
import type { Load } from './load.js';
import { Counter, createBox, watch } from './load.js';

/** The monitors of queues that have three waiting jobs and a delayed one each. */
export async function bullmqLoad(names: readonly string[], minutes: number): Promise<Load> {
  const server = await startRedis();
  const connection = new Redis(server.url, { maxRetriesPerRequest: null });
  const asking = new Redis(server.url);
  const counter = new Counter();
  const send = connection.sendCommand.bind(connection);
  connection.sendCommand = (...args: Parameters<typeof send>) => {
    counter.add();
    return send(...args);
  };
  const box = createBox();
  const jobs = bullmqJobs(box);
  const queues = names.map((name) => new Queue(name, { connection: connection as never }));
  try {
    for (const queue of queues) {
      await queue.addBulk([1, 2, 3].map((i) => ({ name: 'work', data: { i } })));
      await queue.add('work', {}, { delay: 3_600_000 });
    }
    const monitors = queues.map((queue) => jobs.monitor(queue));
    const load = await watch({ engine: 'BullMQ', queues: names.length }, minutes, counter, () =>
      cpuOf(asking),
    );
    for (const monitor of monitors) monitor.stop();
    return load;
  } finally {
    await box.shutdown({ timeoutMillis: 2000 });
    for (const queue of queues) await queue.close();
    connection.disconnect();
    asking.disconnect();
    await server.stop();
  }
}

async function cpuOf(redis: Redis): Promise<number> {
  const text = await redis.info('cpu');
  const seconds = (name: string): number => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(text)?.[1]);
  return 1000 * (seconds('used_cpu_user') + seconds('used_cpu_sys'));
}
