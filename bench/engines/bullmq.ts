import type { Job, Telemetry } from 'bullmq';
import { Queue, Worker } from 'bullmq';
import { BullMQOtel } from 'bullmq-otel';
import { createSignalbox } from 'signalbox';
import { bullmqJobs } from 'signalbox/bullmq';
import type { EngineCase } from './case.js';
import { addAll, CONCURRENCY, Countdown, once } from './case.js';

export const ALONE = 'BullMQ alone';
export const OTEL = 'with bullmq-otel, spans and metrics';
export const OBSERVED = 'with signalbox';

/** One queue for all: each round leaves it empty. */
const QUEUE = 'bench';

/** BullMQ alone, with bullmq-otel, and with signalbox. */
export function bullmqCases(url: string): EngineCase[] {
  const connection = { url };
  const handler = async (_job: Job): Promise<void> => {};

  const observed = once(() => bullmqJobs(createSignalbox(), { types: ['work'] }));
  const plain = (name: string, telemetry: () => Telemetry | undefined): EngineCase => ({
    name,
    prepare: async () => {
      const given = telemetry();
      const options = { connection, ...(given ? { telemetry: given } : {}) };
      return settled(
        new Queue(QUEUE, options),
        new Worker(QUEUE, handler, { ...options, concurrency: CONCURRENCY }),
      );
    },
  });

  return [
    plain(ALONE, () => undefined),
    plain(
      OTEL,
      once(() => new BullMQOtel({ tracerName: 'bench', meterName: 'bench', enableMetrics: true })),
    ),
    {
      name: OBSERVED,
      prepare: async () => {
        const jobs = observed();
        const worker = jobs.worker(
          handler,
          (processor) => new Worker(QUEUE, processor, { connection, concurrency: CONCURRENCY }),
        );
        return settled(jobs.queue(new Queue(QUEUE, { connection })), worker);
      },
    },
  ];
}

async function settled(queue: Queue, worker: Worker): ReturnType<EngineCase['prepare']> {
  const countdown = new Countdown();
  worker.on('completed', () => countdown.count());
  await worker.waitUntilReady();
  return {
    play: async (jobs) => {
      const done = countdown.start(jobs);
      await addAll(jobs, (i) => queue.add('work', { i }, { removeOnComplete: true }));
      await done;
    },
    close: async () => {
      await worker.close();
      await queue.close();
    },
  };
}
