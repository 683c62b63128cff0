import { trace } from '@opentelemetry/api';
import type { Job, JobsOptions, WorkerOptions } from 'bullmq';
import { Worker } from 'bullmq';
import { within } from 'signalbox/bullmq';
import { describe, expect, test } from 'vitest';
import { recordDiag } from '../../support/otel.js';
import type { Mail } from './rig.js';
import { Rig, SECRET, until } from './rig.js';

const rig = new Rig();
const TOKEN = 'by-hand';

function asked(options: Partial<WorkerOptions> = {}): Worker<Mail, unknown> {
  const worker = rig.jobs.worker<Mail>(Worker, rig.name, null, {
    connection: rig.connection,
    drainDelay: 1,
    ...options,
  });
  worker.on('error', () => undefined);
  rig.later(() => worker.close());
  return worker;
}

async function next(worker: Worker<Mail, unknown>): Promise<Job<Mail>> {
  const job = await worker.getNextJob(TOKEN);
  if (!job) throw new Error('there is none');
  return job;
}

async function added(options: JobsOptions = {}, count = 1): Promise<void> {
  await rig
    .queue()
    .addBulk(Array.from({ length: count }, () => ({ name: 'welcome', data: SECRET, opts: options })));
}

const outcomes = (): unknown[] => rig.attempts().map(({ attributes }) => attributes['job.attempt.outcome']);

async function pointOf(metric: string, state?: string): Promise<unknown> {
  const points = await rig.otel.points(metric);
  return points.find(({ labels }) => state === undefined || labels['worker.state'] === state)?.value;
}

describe('a job in hand that nobody settles', () => {
  test('shutdown() of the box - its attempt is lost, once, whatever is done to the job afterwards', async () => {
    const worker = asked();
    await added({}, 2);
    const [first, second] = [await next(worker), await next(worker)];
    await first.moveToCompleted('done', TOKEN, false);
    await rig.box.shutdown();
    expect(outcomes().sort()).toEqual(['completed', 'lost']);
    await second.moveToCompleted('done', TOKEN, false);
    await worker.close();
    expect(outcomes()).toHaveLength(2);
    expect(rig.story()).not.toContain('job.abandoned');
  });

  test('shutdown() of the box - the attempt of a processor that runs is left to BullMQ', async () => {
    let over = (): void => undefined;
    rig.worker(() => new Promise<void>((resolve) => (over = resolve)));
    await added();
    await rig.told('job.started');
    await rig.box.shutdown();
    expect(outcomes()).toEqual([]);
    over();
  });

  test('a worker elsewhere finds it stalled - its attempt is lost, and the next one is the second', async () => {
    const worker = asked({ lockDuration: 200 });
    await added({ attempts: 2 });
    const job = await next(worker);
    const finder = rig.worker(async () => undefined, { stalledInterval: 50, maxStalledCount: 2 });
    await finder.startStalledCheckTimer();
    await rig.told('job.completed');
    expect(outcomes()).toEqual(['lost', 'completed']);
    expect(rig.story()).toEqual(['job.queued', 'job.started', 'job.stalled', 'job.started', 'job.completed']);
    expect(rig.records('job.stalled')).toHaveLength(1);
    const [lost, second] = rig.attempts();
    expect(second?.links.map(({ context }) => context.spanId)).toEqual([lost?.spanContext().spanId]);
    await expect(job.moveToCompleted('done', TOKEN, false)).rejects.toThrow(/lock|not in the active/i);
    expect(outcomes()).toHaveLength(2);
  });

  test('its own worker finds it stalled - told once, as that of a processor', async () => {
    const worker = asked({ lockDuration: 100, stalledInterval: 50, maxStalledCount: 3 });
    await added();
    await next(worker);
    await worker.startStalledCheckTimer();
    await rig.told('job.stalled');
    expect(outcomes()).toEqual(['lost']);
    const again = await ask(worker);
    await again.moveToCompleted('done', TOKEN, false);
    expect(outcomes()).toEqual(['lost', 'completed']);
    expect(rig.records('job.stalled')).toHaveLength(1);
  });

  test('obliterate() takes it away - it is removed, and its attempt ends with its worker', async () => {
    const worker = asked();
    await added();
    await next(worker);
    await rig.queue().obliterate({ force: true });
    await rig.told('job.abandoned');
    await worker.close();
    expect(outcomes()).toEqual(['lost']);
    expect(rig.records('job.abandoned')).toMatchObject([{ 'job.abandon.reason': 'removed' }]);
  });
});

describe('a worker that is asked for its jobs', () => {
  test('it counts as busy with a job in hand, as idle between two, and no more once it is closed', async () => {
    const worker = asked({ name: 'desk' });
    await added();
    expect(await pointOf('worker.count', 'idle')).toBeUndefined();
    const job = await next(worker);
    expect([await pointOf('worker.count', 'busy'), await pointOf('worker.count', 'idle')]).toEqual([1, 0]);
    expect(await pointOf('job.active')).toBe(1);
    await job.moveToCompleted('done', TOKEN, false);
    expect([await pointOf('worker.count', 'busy'), await pointOf('worker.count', 'idle')]).toEqual([0, 1]);
    await worker.close();
    expect([await pointOf('worker.count', 'busy'), await pointOf('worker.count', 'idle')]).toEqual([0, 0]);
    expect(rig.records('worker.stopped')).toMatchObject([{ 'worker.id': 'desk', 'worker.jobs': 1 }]);
  });

  test('a queue that limits its rate hands out nothing, which is no attempt', async () => {
    const worker = asked({ limiter: { max: 1, duration: 60_000 } });
    await added({}, 2);
    await (await next(worker)).moveToCompleted('done', TOKEN, false);
    expect(await worker.getNextJob(TOKEN, { block: false })).toBeUndefined();
    expect(rig.records('job.started')).toHaveLength(1);
  });

  test('moveToWaitingChildren() - put back while a child runs, and told as waiting for it', async () => {
    const worker = asked();
    const queue = rig.queue();
    await queue.add('welcome', SECRET);
    const job = await next(worker);
    await queue.add('child', SECRET, { parent: { id: job.id ?? '', queue: queue.qualifiedName } });
    expect(await job.moveToWaitingChildren(TOKEN)).toBe(true);
    await (await next(worker)).moveToCompleted('done', TOKEN, false);
    await (await ask(worker)).moveToCompleted('done', TOKEN, false);
    expect(outcomes()).toEqual(['deferred', 'completed', 'completed']);
    expect(rig.records('job.deferred')).toMatchObject([{ 'job.defer.reason': 'waiting_children' }]);
  });

  test('the end of one hands out none - nothing begins', async () => {
    const worker = asked();
    await added();
    await (await next(worker)).moveToCompleted('done', TOKEN, true);
    expect(rig.records('job.started')).toHaveLength(1);
    expect(outcomes()).toEqual(['completed']);
  });

  test("relation 'link' - an attempt is a trace of its own, with a link to its enqueue", async () => {
    const { jobs } = rig.process({ types: ['welcome'], relation: 'link' });
    const queue = jobs.queue(rig.rawQueue());
    const worker = jobs.worker<Mail>(Worker, rig.name, null, { connection: rig.connection });
    rig.later(() => worker.close());
    await queue.add('welcome', SECRET);
    const job = await next(worker);
    await job.moveToCompleted('done', TOKEN, false);
    const [span] = rig.attempts();
    const enqueued = rig.enqueues()[0]?.spanContext();
    expect(span?.spanContext().traceId).not.toBe(enqueued?.traceId);
    expect(span?.links.map(({ context }) => context.spanId)).toEqual([enqueued?.spanId]);
  });

  test('of more jobs than a process can hold nothing is kept, and that is reported once', async () => {
    const reports = recordDiag();
    const most = 10_000;
    const worker = asked();
    await rig.rawQueue().addBulk(Array.from({ length: most + 2 }, () => ({ name: 'welcome', data: SECRET })));
    for (let n = 0; n < most + 2; n += 334)
      await Promise.all(Array.from({ length: Math.min(334, most + 2 - n) }, () => next(worker)));
    expect(rig.records('job.started')).toHaveLength(most);
    expect(reports.filter((line) => /10000 jobs are in hand/.test(line))).toHaveLength(1);
    await worker.close();
    expect(outcomes()).toHaveLength(most);
  });
});

test('a job of a worker that nobody observes has no attempt, and runs as it is', async () => {
  await added();
  const worker = new Worker<Mail>(rig.name, null, { connection: rig.connection });
  rig.later(() => worker.close());
  const job = (await worker.getNextJob(TOKEN)) as Job<Mail>;
  expect(await within(job, () => trace.getActiveSpan())).toBeUndefined();
  await job.moveToCompleted('done', TOKEN, false);
});

async function ask(worker: Worker<Mail, unknown>): Promise<Job<Mail>> {
  let job: Job<Mail> | undefined;
  await until(async () => {
    job = await worker.getNextJob(TOKEN, { block: false });
    return job !== undefined;
  }, 'there is a job');
  return job as unknown as Job<Mail>;
}
