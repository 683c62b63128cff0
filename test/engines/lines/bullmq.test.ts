import type { FlowProducer, Job, Queue, Worker } from 'bullmq';
import { describe, expect, test } from 'vitest';
import { Rig, SECRET } from '../bullmq/rig.js';
import type { BullMQModule } from '../conformance/drivers/bullmq-store.js';
import { moduleOf } from './line.js';

// What is done to jobs of BullMQ 5 by commands: of those before 5.81 each Job has its own.

const rig = new Rig();
const TOKEN = 'by-hand';

type Module = BullMQModule & Pick<typeof import('bullmq'), 'FlowProducer'>;

describe.each(['bullmq-5.34', 'bullmq-5.81'] as const)('%s', (line) => {
  async function load(
    prefix?: string,
  ): Promise<{ queue: Queue; flows: () => FlowProducer; asked: () => Worker }> {
    const { Queue, Worker, FlowProducer } = await moduleOf<Module>(line, 'bullmq');
    const { connection } = rig;
    const place = prefix === undefined ? {} : { prefix };
    const kept = <T extends { close(): Promise<unknown> }>(made: T): T => {
      rig.later(() => made.close());
      return made;
    };
    return {
      queue: rig.jobs.queue(kept(new Queue(rig.name, { connection, ...place }))),
      flows: () => rig.jobs.flowProducer(kept(new FlowProducer({ connection }))),
      asked: () => rig.jobs.worker(null, () => kept(new Worker(rig.name, null, { connection }))),
    };
  }

  async function removed(): Promise<unknown[]> {
    await rig.settled();
    return rig
      .records('job.abandoned')
      .map((record) => [record['job.type'], record['job.abandon.reason']])
      .sort();
  }

  async function next(worker: Worker): Promise<Job> {
    const job = await worker.getNextJob(TOKEN);
    if (!job) throw new Error('there is none');
    return job;
  }

  test('job.remove() - of a Job that add() gave, and of one that getJob() gave', async () => {
    const { queue } = await load();
    await (await queue.add('welcome', SECRET)).remove();
    const { id } = await queue.add('welcome', SECRET);
    await (await queue.getJob(id ?? ''))?.remove();
    expect(await removed()).toEqual([
      ['welcome', 'removed'],
      ['welcome', 'removed'],
    ]);
  });

  test('job.remove() - of a node that the flow producer gave ends what is beneath it', async () => {
    const { flows } = await load();
    const queueName = rig.name;
    const { job } = await flows().add({
      name: 'welcome',
      queueName,
      children: [{ name: 'welcome', queueName }],
    });
    await job.remove();
    expect(await removed()).toHaveLength(2);
  });

  test('clean() - as the first command of a queue whose prefix has a colon, is told of that queue', async () => {
    const prefix = 'the:app';
    await (await load(prefix)).queue.add('welcome', SECRET);
    const { queue } = await load(prefix);
    await queue.clean(0, 10, 'wait');
    await rig.settled();
    expect(rig.records('job.abandoned').map((record) => record['messaging.destination.name'])).toEqual([
      rig.name,
    ]);
  });

  test('add() and getJob() - of a class of the app whose jobs are none of BullMQ, the job is told and nothing rejects', async () => {
    const { Queue } = await moduleOf<Module>(line, 'bullmq');
    class Plain extends Queue {
      override async add(...args: Parameters<Queue['add']>): Promise<never> {
        const { id, name, opts } = await super.add(...args);
        return { id, name, opts, delay: 0 } as never;
      }
      override async getJob(id: string): Promise<never> {
        const job = await super.getJob(id);
        return { id: job?.id } as never;
      }
      override async getJobs(): Promise<never> {
        return ['a job', 7] as never;
      }
    }
    const rejections: unknown[] = [];
    const heard = (reason: unknown): void => void rejections.push(reason);
    process.on('unhandledRejection', heard);
    const queue = rig.jobs.queue(new Plain(rig.name, { connection: rig.connection }));
    rig.later(() => queue.close());
    const { id } = (await queue.add('welcome', SECRET)) as { readonly id: string };
    expect(await queue.getJob(id)).toEqual({ id });
    expect(await queue.getJobs()).toEqual(['a job', 7]);
    await rig.settled();
    await new Promise(setImmediate);
    process.off('unhandledRejection', heard);
    expect(rejections).toEqual([]);
    expect(rig.story()).toEqual(['job.queued']);
  });

  test('drain() and removeJobScheduler() - what waited, and the next tick', async () => {
    const { queue } = await load();
    await queue.add('welcome', SECRET);
    await queue.upsertJobScheduler('nightly', { every: 3_600_000, startDate: Date.now() + 60_000 });
    await queue.drain();
    expect(await removed()).toHaveLength(1);
    await queue.removeJobScheduler('nightly');
    expect(await removed()).toHaveLength(2);
  });

  test('getNextJob() - a job that is completed by hand, and one that fails for good', async () => {
    const { queue, asked } = await load();
    const worker = asked();
    await queue.add('welcome', SECRET);
    await (await next(worker)).moveToCompleted('done', TOKEN, false);
    expect(rig.story()).toEqual(['job.queued', 'job.started', 'job.completed']);
    await queue.add('welcome', SECRET);
    await (await next(worker)).moveToFailed(new TypeError('no'), TOKEN);
    expect(rig.attempts().map(({ attributes }) => attributes['job.attempt.outcome'])).toEqual([
      'completed',
      'failed',
    ]);
    expect(await rig.told('job.abandoned')).toMatchObject([{ 'job.abandon.reason': 'max_attempts' }]);
  });
});
