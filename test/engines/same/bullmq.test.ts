import { randomUUID } from 'node:crypto';
import type { Job, JobsOptions, Processor } from 'bullmq';
import { FlowProducer, Queue, Worker } from 'bullmq';
import { createSignalbox } from 'signalbox';
import { bullmqJobs } from 'signalbox/bullmq';
import { afterAll, afterEach, beforeAll, beforeEach, describe, test } from 'vitest';
import type { TestOtel } from '../../support/otel.js';
import { resetOtel, startOtel } from '../../support/otel.js';
import type { Redis } from '../support/redis.js';
import { startRedis } from '../support/redis.js';
import type { Sides } from './sight.js';
import { sameAsRaw } from './sight.js';

const MANY = 500;

const KINDS: Readonly<Record<string, (i: number) => JobsOptions | undefined>> = {
  plain: () => undefined,
  'own ids, half of them twice': (i) => ({ jobId: `job-${i % 2 === 0 ? i : i - (i % 4)}` }),
  deduplicated: (i) => ({ deduplication: { id: `key-${i % 50}` } }),
  delayed: () => ({ delay: 60_000 }),
  'refused, each third': (i) => (i % 3 === 0 ? { jobId: 'a:b' } : { jobId: `job-${i}` }),
};

describe('BullMQ, observed, is as BullMQ', () => {
  let redis: Redis;
  let otel: TestOtel;
  const release: (() => unknown)[] = [];
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis?.stop());
  beforeEach(() => {
    otel = startOtel();
  });
  afterEach(async () => {
    for (const end of release.splice(0).reverse()) await end();
    await otel.shutdown();
    resetOtel();
  });

  function rawQueue(): Queue {
    const queue = new Queue(`same-${randomUUID().slice(0, 8)}`, { connection: redis.connection });
    release.push(() => queue.close());
    return queue;
  }

  function rawFlows(): FlowProducer {
    const flows = new FlowProducer({ connection: redis.connection });
    release.push(() => flows.close());
    return flows;
  }

  const jobs = (): ReturnType<typeof bullmqJobs> => bullmqJobs(createSignalbox());
  const queues: Sides<Queue> = { raw: rawQueue, observed: () => jobs().queue(rawQueue()) };
  const flows: Sides<FlowProducer> = { raw: rawFlows, observed: () => jobs().flowProducer(rawFlows()) };

  test.each(Object.keys(KINDS))(
    'queue.add() - 500 in one turn end in the order of raw ones: %s',
    async (kind) => {
      await sameAsRaw(queues, async (queue, sight) => {
        await queue.waitUntilReady();
        await sight.order(
          kind,
          Array.from({ length: MANY }, (_, i) => () => queue.add('mail', { i }, KINDS[kind]?.(i))),
        );
      });
    },
  );

  test('queue.addBulk() and flows.add() - many in one turn end in the order of raw ones', async () => {
    await sameAsRaw(queues, (queue, sight) =>
      sight.order(
        'bulks',
        Array.from(
          { length: 50 },
          (_, i) => () =>
            queue.addBulk(Array.from({ length: 10 }, (_, n) => ({ name: 'mail', data: { i, n } }))),
        ),
      ),
    );
    await sameAsRaw(flows, async (producer, sight) => {
      const queueName = `same-${randomUUID().slice(0, 8)}`;
      await sight.order(
        'flows',
        Array.from(
          { length: 100 },
          () => () => producer.add({ name: 'mail', queueName, children: [{ name: 'mail', queueName }] }),
        ),
      );
    });
  });

  test('queue.add() - takes as many turns as what it is made of', async () => {
    const stubbed = (queue: Queue): Queue => {
      queue.add = (async () => 'added') as never;
      queue.addBulk = (() => Promise.reject(new Error('none'))) as never;
      queue.remove = (() => 1) as never;
      return queue;
    };
    await sameAsRaw(
      { raw: () => stubbed(rawQueue()), observed: () => jobs().queue(stubbed(rawQueue())) },
      async (queue, sight) => {
        await sight.turns('add', () => queue.add('mail', {}));
        await sight.turns('add with an id', () => queue.add('mail', {}, { jobId: 'one' }));
        await sight.turns('add in the place of another', () =>
          queue.add('mail', {}, { deduplication: { id: 'key', replace: true } }),
        );
        await sight.turns('addBulk', () => queue.addBulk([{ name: 'mail', data: {} }]));
        await sight.turns('remove', () => queue.remove('one'));
      },
    );
  });

  test('queues, flow producers and jobs show what raw ones show', async () => {
    await sameAsRaw(queues, async (queue, sight) => {
      await queue.waitUntilReady();
      sight.object('the queue', queue);
      const job = await queue.add('mail', { to: 'ada' });
      sight.object('the job that was added', job);
      sight.object('the job that was found', (await queue.getJob(job.id ?? '')) as Job);
      sight.saw('the options of the job', { ...job.opts, telemetry: undefined });
      sight.saw('its removal', await queue.remove(job.id ?? ''));
    });
    await sameAsRaw(flows, async (producer, sight) => {
      await producer.waitUntilReady();
      sight.object('the producer', producer);
      const queueName = `same-${randomUUID().slice(0, 8)}`;
      const node = await producer.add({ name: 'mail', queueName, children: [{ name: 'mail', queueName }] });
      sight.object('the node', node);
      sight.object('its job', node.job);
    });
  });

  const PROCESSORS: Readonly<Record<string, Processor>> = {
    'of a job': async function mail(_job) {},
    'of a job and its token': async (_job, _token) => {},
    'of a job, its token and a signal': async (_job, _token, _signal) => {},
    'of whatever comes': async (...given: unknown[]) => void given,
    'that is no async function': (() => 'done') as unknown as Processor,
  };

  test.each(Object.entries(PROCESSORS))('a processor %s is called as by BullMQ itself', async (_, given) => {
    interface Work {
      readonly queue: Queue;
      work(processor: Processor): Worker;
    }
    const side = (isObserved: boolean) => (): Work => {
      const queue = rawQueue();
      return {
        queue,
        work: (processor) => {
          const create = (p: Processor): Worker => {
            const worker = new Worker(queue.name, p, { connection: redis.connection, autorun: false });
            release.push(() => worker.close());
            return worker;
          };
          return isObserved ? jobs().worker(processor, create) : create(processor);
        },
      };
    };
    await sameAsRaw({ raw: side(false), observed: side(true) }, async ({ queue, work }, sight) => {
      const worker = work(sight.handler('the processor', given));
      const { processFn, processorAcceptsSignal } = worker as unknown as {
        processFn: Processor;
        processorAcceptsSignal: boolean;
      };
      sight.saw('what BullMQ was given', {
        name: processFn.name,
        length: processFn.length,
        processorAcceptsSignal,
      });
      const ended = new Promise<unknown>((resolve) => {
        worker.once('completed', (_job, result) => resolve(result));
        worker.once('failed', (_job, error) => resolve(error.message));
      });
      await queue.add('mail', {});
      worker.run().catch(() => undefined);
      sight.saw('the result', await ended);
      sight.object('the worker', worker);
    });
  });
});
