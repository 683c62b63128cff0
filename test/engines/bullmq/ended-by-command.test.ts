import type { FlowJob } from 'bullmq';
import { FlowProducer } from 'bullmq';
import { describe, expect, test } from 'vitest';
import { gate, Rig, SECRET, until } from './rig.js';

const rig = new Rig();

/** Names of the jobs that were told to be removed. */
async function removed(): Promise<unknown[]> {
  await rig.settled();
  for (const record of rig.records('job.abandoned')) expect(record['job.abandon.reason']).toBe('removed');
  return rig
    .records('job.abandoned')
    .map((record) => record['job.type'])
    .sort();
}

function node(name: string, children: FlowJob[] = [], queueName = rig.name): FlowJob {
  return { name, queueName, data: SECRET, ...(children.length > 0 ? { children } : {}) };
}

/** A tree of 12 jobs over three levels and two queues. */
function tree(): FlowJob {
  const leaf = (name: string): FlowJob => node(name, [], `${rig.name}-leaves`);
  return node('root', [
    node('a', [leaf('a1'), leaf('a2'), leaf('a3')]),
    node('b', [leaf('b1'), leaf('b2')]),
    node('c', [leaf('c1'), leaf('c2'), leaf('c3')]),
  ]);
}

const ALL = ['a', 'a1', 'a2', 'a3', 'b', 'b1', 'b2', 'c', 'c1', 'c2', 'c3', 'root'];

describe('a command that ends more than the job that it names', () => {
  test('queue.remove() - of a parent tells all that are beneath it, on the trace of each', async () => {
    const queue = rig.queue();
    const { job } = await rig.flows().add(tree());
    await queue.remove(job.id ?? '');
    expect(await removed()).toEqual(ALL);
    const traceOf = (name: string): (string | undefined)[] =>
      rig.otel.logs(name).map(({ spanContext }) => spanContext?.traceId);
    expect(traceOf('job.abandoned').sort()).toEqual(traceOf('job.queued').sort());
    const queues = rig.records('job.abandoned').map((record) => record['messaging.destination.name']);
    expect(queues.filter((name) => name === rig.name)).toHaveLength(4);
  });

  test('queue.remove() - as the first command of a queue tells all that are beneath the job, where the server has the script', async () => {
    const { job } = await rig.flows().add(tree());
    await rig.queue().remove(job.id ?? '');
    expect(await removed()).toEqual(ALL);
  });

  test('job.remove() - of a node that the flow producer gave; what had ended is not told again', async () => {
    const { job, children } = await rig.flows().add(tree());
    const worker = rig.worker(async () => undefined, {}, rig.jobs, `${rig.name}-leaves`);
    await rig.told('job.completed', 8);
    await worker.close();
    expect(children).toHaveLength(3);
    await job.remove();
    expect(await removed()).toEqual(['a', 'b', 'c', 'root']);
  });

  test('job.remove() - of a node at any depth ends what is beneath that one', async () => {
    const { children } = await rig.flows().add(tree());
    await children?.[1]?.job.remove();
    expect(await removed()).toEqual(['b', 'b1', 'b2']);
    await children?.[0]?.children?.[2]?.job.remove();
    expect(await removed()).toEqual(['a3', 'b', 'b1', 'b2']);
  });

  test('job.remove() - of a flow that others added, given by getFlow() and getJob()', async () => {
    const raw = new FlowProducer({ connection: rig.connection });
    rig.later(() => raw.close());
    const { job, children } = await raw.add(tree());
    const flows = rig.flows();
    const c = await flows.getFlow({ id: children?.[2]?.job.id ?? '', queueName: rig.name });
    await c?.job.remove();
    expect(await removed()).toEqual(['c', 'c1', 'c2', 'c3']);
    await (await rig.queue().getJob(job.id ?? ''))?.remove({ removeChildren: false });
    expect(await removed()).toEqual(['c', 'c1', 'c2', 'c3', 'root']);
  });

  test('removeUnprocessedChildren() - those that run are left, and so is the parent', async () => {
    const go = gate();
    const queue = rig.queue();
    const { job } = await rig.flows().add(
      node(
        'root',
        ['x', 'y', 'z'].map((name) => node(name)),
      ),
    );
    const worker = rig.worker(() => go.opened);
    await rig.told('job.started');
    const running = rig.records('job.started')[0]?.['job.type'];
    await (await queue.getJob(job.id ?? ''))?.removeUnprocessedChildren();
    expect(await removed()).toEqual(['x', 'y', 'z'].filter((name) => name !== running));
    go.open();
    await rig.told('job.completed', 2);
    await worker.close();
    expect(rig.records('job.abandoned')).toHaveLength(2);
  });

  test('remove() - of a parent with a child that runs is refused, and ends nothing', async () => {
    const go = gate();
    const { job } = await rig.flows().add(node('root', [node('x'), node('y')]));
    const queue = rig.queue();
    rig.worker(() => go.opened);
    await rig.told('job.started');
    expect(await queue.remove(job.id ?? '')).toBe(0);
    expect(await removed()).toEqual([]);
    go.open();
  });

  test('drain() - what waits is told, what is delayed as well where it is asked to; the next of a scheduler stays', async () => {
    const queue = rig.queue();
    await queue.add('waits', SECRET);
    await queue.add('urgent', SECRET, { priority: 1 });
    await queue.add('later', SECRET, { delay: 60_000 });
    await queue.upsertJobScheduler(
      'tick',
      { every: 3_600_000, startDate: Date.now() + 60_000 },
      { name: 'tick' },
    );
    await queue.drain();
    expect(await removed()).toEqual(['urgent', 'waits']);
    await queue.drain(true);
    expect(await removed()).toEqual(['later', 'urgent', 'waits']);
    expect(await queue.getDelayedCount()).toBe(1);
    await queue.removeJobScheduler('tick');
    expect(await removed()).toEqual(['later', 'tick', 'urgent', 'waits']);
  });

  test('drain() - a parent that goes with the last of its children is told', async () => {
    await rig.flows().add(node('root', [node('x'), node('y')]));
    const queue = rig.queue();
    await until(async () => (await queue.getWaitingCount()) === 2);
    await queue.drain();
    expect(await queue.getJobCountByTypes('waiting', 'waiting-children')).toBe(0);
    expect(await removed()).toEqual(['root', 'x', 'y']);
  });

  test('clean() - tells the jobs that it took by what they were, and no other', async () => {
    const queue = rig.queue();
    await queue.add('old', SECRET, { timestamp: Date.now() - 10_000 });
    await queue.add('new', SECRET);
    await queue.add('later', SECRET, { delay: 60_000 });
    await queue.clean(5_000, 10, 'wait');
    expect(await removed()).toEqual(['old']);
    await until(async () => (await queue.clean(0, 10, 'delayed')).length === 1);
    expect(await removed()).toEqual(['later', 'old']);
  });

  test('obliterate() - tells what had not ended, also what ran', async () => {
    const go = gate();
    const queue = rig.queue();
    const worker = rig.worker(async (job) => {
      if (job.name === 'runs') await go.opened;
    });
    await queue.add('done', SECRET);
    await rig.told('job.completed');
    await queue.add('runs', SECRET);
    await rig.told('job.started', 2);
    await queue.add('waits', SECRET);
    await queue.add('later', SECRET, { delay: 60_000 });
    await expect(queue.obliterate()).rejects.toThrow(/active/);
    expect(await removed()).toEqual([]);
    await queue.obliterate({ force: true });
    expect(await removed()).toEqual(['later', 'runs', 'waits']);
    go.open();
    await worker.close(true);
  });

  test('moveToFailed() and moveToCompleted() by hand - the end that BullMQ stores, once', async () => {
    const queue = rig.queue();
    const raw = rig.rawWorker(async () => undefined, { autorun: false });
    await queue.add('fails', SECRET);
    await queue.add('retries', SECRET, { attempts: 2, backoff: 60_000 });
    await queue.add('works', SECRET);
    for (let i = 0; i < 3; i++) await raw.getNextJob('token');
    for (const job of await queue.getActive()) {
      if (job.name === 'works') await job.moveToCompleted('ok', 'token', false);
      else await job.moveToFailed(new Error('by hand'), 'token');
    }
    await rig.settled();
    expect(rig.records('job.abandoned')).toMatchObject([
      { 'job.type': 'fails', 'job.abandon.reason': 'max_attempts', 'job.attempts': 1 },
    ]);
    expect(rig.records('job.completed')).toMatchObject([{ 'job.type': 'works' }]);
  });

  test('what is asked twice at once is told once', async () => {
    const queue = rig.queue();
    const job = await queue.add('welcome', SECRET);
    await Promise.all([queue.remove(job.id ?? ''), job.remove(), queue.drain()]);
    expect(await removed()).toEqual(['welcome']);
  });
});
