import type { JobsOptions } from 'bullmq';
import { describe, expect, test } from 'vitest';
import { gate, Rig, SECRET, until } from './rig.js';

const rig = new Rig();

/** Adds a job, and waits until it has run and is gone. */
async function runAndGo(opts: JobsOptions): Promise<void> {
  const queue = rig.queue();
  const worker = rig.worker(async () => undefined);
  const { id } = await queue.add('welcome', SECRET, opts);
  await until(async () => (await queue.getJob(id ?? '')) === undefined, 'it is gone');
  await worker.close();
}

async function story(): Promise<unknown[]> {
  await rig.settled();
  return rig.story().filter((name) => name === 'job.queued' || name === 'job.duplicate');
}

describe('a job that is gone when it is looked for', () => {
  test.each([
    ['kept out for a time', { removeOnComplete: true, deduplication: { id: 'same', ttl: 60_000 } }],
    [
      'kept out for longer each time',
      { removeOnComplete: true, deduplication: { id: 'same', ttl: 60_000, extend: true } },
    ],
    ['with an age', { removeOnComplete: { count: 0 }, deduplication: { id: 'same', ttl: 60_000 } }],
    [
      'that would replace',
      { removeOnComplete: true, deduplication: { id: 'same', ttl: 60_000, replace: true } },
    ],
  ] satisfies [string, JobsOptions][])('add() - jobs %s are duplicates of the first one', async (_, opts) => {
    await runAndGo(opts);
    const queue = rig.queue();
    for (let i = 0; i < 4; i++) await queue.add('welcome', SECRET, opts);
    await queue.addBulk([1, 2].map(() => ({ name: 'welcome', data: SECRET, opts })));
    expect(await story()).toEqual(['job.queued', ...Array(6).fill('job.duplicate')]);
    expect(await queue.getJobCountByTypes('waiting', 'delayed')).toBe(0);
    expect(rig.records('job.abandoned')).toEqual([]);
  });

  test('add() - what ran and went before it could be looked for is new, each time', async () => {
    const queue = rig.queue();
    const worker = rig.worker(async () => undefined, { concurrency: 5 });
    const opts = [
      { removeOnComplete: true, deduplication: { id: 'a' } },
      { removeOnComplete: true, jobId: 'mine' },
      { removeOnComplete: true, deduplication: { id: 'b', keepLastIfActive: true } },
    ];
    // As others do, it is looked for when it has gone.
    const { backend } = queue as unknown as { backend: { getJobData(id: string): Promise<unknown> } };
    const read = backend.getJobData;
    backend.getJobData = async (id) => {
      await until(() => rig.records('job.completed').some((record) => record['job.id'] === id));
      await until(async () => (await read.call(backend, id)) === undefined);
      return undefined;
    };
    for (const one of opts) {
      await queue.add('welcome', SECRET, one);
      await rig.settled();
    }
    await rig.told('job.completed', 3);
    expect(await story()).toEqual(['job.queued', 'job.queued', 'job.queued']);
    await worker.close();
  });

  test('add() - an id that was there, and went before it could be looked for, is a duplicate', async () => {
    const queue = rig.queue();
    const go = gate();
    const worker = rig.worker(() => go.opened);
    const opts = { removeOnComplete: true, jobId: 'mine' };
    await queue.add('welcome', SECRET, opts);
    await rig.told('job.started');
    const { backend } = queue as unknown as { backend: { getJobData(id: string): Promise<unknown> } };
    const read = backend.getJobData;
    backend.getJobData = async (id) => {
      go.open();
      await until(async () => (await read.call(backend, id)) === undefined);
      return undefined;
    };
    await queue.add('welcome', SECRET, opts);
    expect(await story()).toEqual(['job.queued', 'job.duplicate']);
    await worker.close();
  });

  test('add() - where nothing tells whether it was new neither is told, and its span ends', async () => {
    const deduplication = { id: 'same', ttl: 60_000 };
    await runAndGo({ removeOnComplete: true, jobId: 'mine', deduplication });
    const queue = rig.queue();
    await queue.add('welcome', SECRET, { jobId: 'mine', deduplication });
    expect(await story()).toEqual(['job.queued']);
    expect(rig.enqueues()).toHaveLength(2);
    expect(rig.enqueues()[1]?.status.code).toBe(0);
    expect((await rig.otel.points('job.enqueued'))[0]?.value).toBe(1);
  });

  test('add() - one that is kept as the next while another runs is a duplicate', async () => {
    const queue = rig.queue();
    const go = gate();
    const worker = rig.worker(() => go.opened);
    const opts = { removeOnComplete: true, deduplication: { id: 'same', keepLastIfActive: true } };
    const first = await queue.add('welcome', SECRET, opts);
    await rig.told('job.started');
    await queue.add('welcome', SECRET, opts);
    expect(await story()).toEqual(['job.queued', 'job.duplicate']);
    expect(rig.records('job.duplicate')[0]?.['job.id']).toBe(first.id);
    go.open();
    await rig.told('job.completed', 2);
    await worker.close();
  });
});

describe('a node of a flow', () => {
  test('whose place another has is a duplicate of that one', async () => {
    const deduplication = { id: 'same' };
    const first = await rig.queue().add('child', SECRET, { deduplication });
    const flow = { name: 'root', queueName: rig.name, opts: { deduplication } };
    await rig.flows().add(flow);
    await rig.flows().addBulk([flow]);
    expect(await story()).toEqual(['job.queued', 'job.duplicate', 'job.duplicate']);
    expect(rig.records('job.duplicate').map((record) => record['job.id'])).toEqual([first.id, first.id]);
  });

  test('whose parent is gone, or that another parent has, is refused, though nothing is thrown', async () => {
    const flows = rig.flows();
    const parent = { id: 'gone', queue: `bull:${rig.name}` };
    await flows.addBulk([
      { name: 'orphan', queueName: rig.name, opts: { parent } },
      { name: 'fine', queueName: rig.name },
    ]);
    const shared = { name: 'shared', queueName: rig.name, opts: { jobId: 'shared' } };
    await flows.add({ name: 'root', queueName: rig.name, children: [shared] });
    await flows.add({ name: 'other', queueName: rig.name, children: [shared] });
    await rig.settled();
    const namesOf = (event: string): unknown[] => rig.records(event).map((record) => record['job.type']);
    expect(namesOf('job.rejected')).toEqual(['orphan', 'shared']);
    expect(namesOf('job.queued').sort()).toEqual(['fine', 'other', 'root', 'shared']);
  });
});

describe('a job that is replaced', () => {
  test('is told by what it was, whoever added it', async () => {
    const opts = { delay: 60_000, deduplication: { id: 'same', replace: true } };
    const { id } = await rig.rawQueue().add('raw', SECRET, opts);
    const queue = rig.queue();
    await queue.waitUntilReady();
    await until(async () => (await queue.getDelayedCount()) === 1);
    await queue.add('welcome', SECRET, opts);
    await rig.settled();
    expect(rig.records('job.abandoned')).toMatchObject([
      { 'job.id': id, 'job.type': 'raw', 'job.abandon.reason': 'removed' },
    ]);
  });

  test('one after the other, in one turn, each but the last', async () => {
    const opts = { delay: 60_000, deduplication: { id: 'same', replace: true } };
    const queue = rig.queue();
    await queue.waitUntilReady();
    const jobs = await Promise.all([1, 2, 3, 4].map(() => queue.add('welcome', SECRET, opts)));
    await rig.settled();
    const ids = jobs.map(({ id }) => id);
    expect(rig.records('job.queued').map((record) => record['job.id'])).toEqual(ids);
    expect(rig.records('job.abandoned').map((record) => record['job.id'])).toEqual(ids.slice(0, 3));
    expect(await queue.getDelayedCount()).toBe(1);
  });
});
