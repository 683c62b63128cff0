import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { SpanStatusCode } from '@opentelemetry/api';
import type { Queue } from 'bullmq';
import { Worker } from 'bullmq';
import { describe, expect, test, vi } from 'vitest';
import type { Mail } from './rig.js';
import { gate, Rig, SECRET, until } from './rig.js';

const rig = new Rig();

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

interface Client {
  del(key: string): Promise<number>;
  hset(key: string, ...values: string[]): Promise<number>;
}

/** What sends commands to Redis: BullMQ shows it no more. */
function clientOf(queue: Queue): Promise<Client> {
  return (queue.backend as unknown as { client: Promise<Client> }).client;
}

/** A worker that looks for what others lost as often as it can. */
const RESCUES = { stalledInterval: 100, lockDuration: 60_000 };

/** A worker whose jobs are free soon after it has gone. */
const VANISHES = { lockDuration: 100, skipStalledCheck: true };

describe('worker() - what BullMQ takes away', () => {
  test('a lock that could not be renewed makes the attempt lost at once, not completed', async () => {
    const queue = rig.queue();
    const go = gate();
    const worker = rig.worker(() => go.opened, { lockDuration: 200, skipStalledCheck: true });
    worker.on('error', () => undefined);
    const { id } = await queue.add('welcome', SECRET);
    await rig.told('job.started');
    const client = await clientOf(queue);
    await client.del(`${queue.toKey(id ?? '')}:lock`);
    await until(() => rig.attempts().length === 1, 'its span has ended');
    const [span] = rig.attempts();
    expect(span?.attributes).toMatchObject({ 'job.attempt.outcome': 'lost', 'error.type': 'lost' });
    expect(span?.status.code).toBe(SpanStatusCode.ERROR);
    const errored = new Promise((resolve) => worker.once('error', resolve));
    go.open();
    await errored;
    expect(rig.records('job.completed')).toEqual([]);
    expect(await rig.otel.points('job.ended')).toEqual([]);
    expect(await rig.otel.points('messaging.process.duration')).toEqual([]);
  });

  test('a lock that ran out is told by the word that follows the handler: lost, and the one who took it completes it', async () => {
    const queue = rig.queue();
    const go = gate();
    const { jobs } = rig.process({ types: ['welcome'] });
    const losing = rig.worker(
      () => go.opened,
      { lockDuration: 100, skipLockRenewal: true, skipStalledCheck: true, name: 'loser' },
      jobs,
    );
    losing.on('error', () => undefined);
    await queue.add('welcome', SECRET, { attempts: 3 });
    await rig.told('job.started');
    rig.worker(async () => undefined, { ...RESCUES, name: 'rescuer' });
    await rig.told('job.completed');
    const errored = new Promise((resolve) => losing.once('error', resolve));
    go.open();
    await errored;
    expect(
      rig.attempts().map(({ attributes }) => [attributes['worker.id'], attributes['job.attempt.outcome']]),
    ).toEqual([
      ['loser', 'lost'],
      ['rescuer', 'completed'],
    ]);
    const [stalled] = rig.records('job.stalled');
    expect(stalled).toMatchObject({ 'job.attempt.number': 1, 'job.type': 'welcome' });
    // The rescuer may have it by now, and that one did not lose it.
    expect(stalled).not.toHaveProperty('worker.id');
    expect(await rig.otel.points('job.ended')).toMatchObject([{ value: 1 }]);
    expect(await rig.otel.points('job.stalled')).toMatchObject([{ value: 1 }]);
    // What ran in between is not known, so neither is since when it could run again.
    expect(rig.attempts()[1]?.attributes).not.toHaveProperty('job.wait.duration');
  });

  test('close(true) - what runs is lost when the worker is closed, and changes nothing later', async () => {
    const queue = rig.queue();
    const go = gate();
    const worker = rig.worker(() => go.opened);
    await queue.add('welcome', SECRET);
    await rig.told('job.started');
    await worker.close(true);
    expect(rig.attempts().map(({ attributes }) => attributes['job.attempt.outcome'])).toEqual(['lost']);
    expect(rig.records('worker.stopped')).toMatchObject([{ 'worker.stop.reason': 'forced' }]);
    go.open();
    await go.opened;
    expect(rig.story()).toEqual(['job.queued', 'job.started']);
    expect((await rig.otel.points('job.active'))[0]?.value).toBe(0);
  });

  test('throw undefined - BullMQ itself breaks on it and says nothing of the job: lost when its lock is', async () => {
    const queue = rig.queue();
    const worker = rig.worker(
      async () => {
        throw undefined;
      },
      { lockDuration: 200, skipStalledCheck: true },
    );
    const errored = new Promise<Error>((resolve) => worker.on('error', resolve));
    await queue.add('welcome', SECRET);
    expect(await errored).toBeInstanceOf(TypeError);
    await until(() => rig.attempts().length === 1, 'its span has ended');
    expect(rig.attempts()[0]?.attributes['job.attempt.outcome']).toBe('lost');
    expect(await queue.getActiveCount()).toBe(1);
  });

  test('a job that stalled too often is abandoned by the worker that finds it, without an attempt', async () => {
    const queue = rig.queue();
    const { jobs } = rig.process();
    const gone = rig.worker(() => new Promise(() => undefined), VANISHES, jobs);
    gone.on('error', () => undefined);
    const { id } = await queue.add('welcome', SECRET);
    await rig.told('job.started');
    await gone.close(true);
    rig.worker(async () => undefined, { ...RESCUES, maxStalledCount: 0 });
    const [record] = await rig.told('job.abandoned');
    expect(record).toMatchObject({ 'job.id': id, 'job.abandon.reason': 'stalled', 'job.attempts': 1 });
    expect(rig.story()).toEqual(['job.queued', 'job.started', 'job.stalled', 'job.abandoned']);
    expect(rig.records('job.stalled')).toMatchObject([{ 'job.id': id, 'job.attempt.number': 1 }]);
    expect(rig.attempts()).toHaveLength(1);
    const traceIds = rig.otel.logs('job.abandoned').map(({ spanContext }) => spanContext?.traceId);
    expect(traceIds).toEqual([rig.enqueues()[0]?.spanContext().traceId]);
    const [settled] = rig.otel.spans('settle welcome');
    expect(settled?.parentSpanContext?.spanId).toBe(rig.enqueues()[0]?.spanContext().spanId);
    expect(settled).toMatchObject({ status: { code: 2 }, attributes: { 'error.type': 'stalled' } });
  });

  test('a stalled job tells whose it was, where it has not been started again', async () => {
    const queue = rig.queue();
    const gone = rig.worker(() => new Promise(() => undefined), VANISHES, rig.process().jobs);
    gone.on('error', () => undefined);
    const { id } = await queue.add('welcome', SECRET);
    await rig.told('job.started');
    await gone.close(true);
    const client = await clientOf(queue);
    await client.hset(queue.toKey(id ?? ''), 'processedOn', String(Date.now() - 60_000), 'pb', 'vanished');
    // Looks for stalled jobs, and runs none.
    await rig.worker(async () => undefined, { ...RESCUES, autorun: false }).startStalledCheckTimer();
    expect(await rig.told('job.stalled')).toMatchObject([
      { 'job.id': id, 'worker.id': 'vanished', 'job.attempt.number': 1 },
    ]);
    const traceIds = rig.otel.logs('job.stalled').map(({ spanContext }) => spanContext?.traceId);
    expect(traceIds).toEqual([rig.enqueues()[0]?.spanContext().traceId]);
  });

  test('a job that was started too often is abandoned without an attempt', async () => {
    const queue = rig.queue();
    const gone = rig.worker(() => new Promise(() => undefined), VANISHES, rig.process().jobs);
    gone.on('error', () => undefined);
    await queue.add('welcome', SECRET);
    await rig.told('job.started');
    await gone.close(true);
    rig.worker(async () => undefined, { ...RESCUES, maxStartedAttempts: 1 });
    const [record] = await rig.told('job.abandoned');
    expect(record).toMatchObject({ 'job.abandon.reason': 'max_attempts' });
    expect(record).not.toHaveProperty('job.attempts');
  });

  test('errors of a worker that nobody listens to are printed, as BullMQ does', async () => {
    const printed = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    rig.later(() => printed.mockRestore());
    const error = new Error('of the worker');
    rig.rawWorker(async () => undefined).emit('error', error);
    const worker = rig.worker(async () => undefined);
    worker.emit('error', error);
    expect(printed.mock.calls).toEqual([[error], [error]]);
    worker.on('error', () => undefined);
    worker.emit('error', error);
    expect(printed).toHaveBeenCalledTimes(2);
  });

  test('listeners of the app that throw take no end away from the telemetry', async () => {
    const queue = rig.queue();
    const worker = rig.worker(async () => undefined);
    worker.on('error', () => undefined);
    const heard = new Promise<void>((resolve) => {
      worker.prependListener('completed', () => {
        resolve();
        throw new Error('of the app');
      });
    });
    await queue.add('welcome', SECRET);
    await heard;
    await worker.close();
    expect(rig.attempts().map(({ attributes }) => attributes['job.attempt.outcome'])).toEqual(['completed']);
  });
});

test('a job that was lost is let go with its data, once nobody else has it', async () => {
  const queue = rig.queue();
  const worker = rig.jobs.worker(
    null,
    () => new Worker<Mail>(rig.name, null, { connection: rig.connection, lockDuration: 100 }),
  );
  rig.later(() => worker.close());
  await queue.add('welcome', SECRET);
  const data = await (async () => {
    const job = await worker.getNextJob('token');
    return new WeakRef(job?.data as Mail);
  })();
  await until(() => rig.attempts().length === 1, 'it is lost');
  await until(() => {
    gc();
    return data.deref() === undefined;
  }, 'its data is gone');
});
