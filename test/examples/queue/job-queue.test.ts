import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { NewJob } from '../../../examples/job-queue/queue/index.js';
import { hang, pass, turn, useFakeTime, useRealTime, work } from './fake-time.js';
import { createRig, eventsOf } from './rig.js';

describe('JobQueue', () => {
  beforeEach(useFakeTime);
  afterEach(useRealTime);

  test('constructor - refuses options that are no good', () => {
    expect(() => createRig({ capacity: 5, workers: -1 })).toThrow(
      'workers of a job queue is -1; give an integer, 0 or more',
    );
  });

  test('register() - refuses a second processor of a type', () => {
    const { queue } = createRig();
    const register = (): unknown => queue.register({ type: 'work', process: () => {} });
    expect(register).toThrow(new TypeError("'work' has a processor already; register one for each type"));
  });

  test('register() - can be called after the start', async () => {
    const { queue } = createRig();
    let ran = false;
    queue.register({
      type: 'more',
      process: () => {
        ran = true;
      },
    });
    queue.enqueue({ id: 'job', type: 'more', payload: null });
    await turn();
    expect(ran).toBe(true);
  });

  test('enqueue() - refuses an unknown type, and says so', () => {
    const rig = createRig();
    expect(rig.add('job', { type: 'nobody' })).toEqual({ accepted: false, reason: 'unknown_type' });
    expect(rig.told({ event: 'job.rejected' })[0]?.attributes).toMatchObject({
      'job.type': 'nobody',
      'job.reject.reason': 'unknown_type',
    });
    expect(rig.queue.counts()).toMatchObject({ accepted: 0 });
  });

  test('enqueue() - refuses a live id, and takes it again after its end', async () => {
    const rig = createRig();
    rig.add('job', {}, () => work(10));
    expect(rig.add('job')).toEqual({ accepted: false, reason: 'duplicate' });
    await turn();
    expect(rig.add('job')).toEqual({ accepted: false, reason: 'duplicate' });
    await pass(10);
    expect(rig.add('job')).toMatchObject({ accepted: true });
    expect(rig.told({ event: 'job.duplicate' })).toHaveLength(2);
  });

  test.each<[string, Partial<Record<keyof NewJob, unknown>>]>([
    ['an empty id', { id: '' }],
    ['a priority of NaN', { priority: Number.NaN }],
    ['a negative delay', { delayMillis: -1 }],
    ['a payload that can not be copied', { payload: () => {} }],
  ])('enqueue() - refuses %s as invalid', (_, change) => {
    const rig = createRig();
    expect(rig.add('job', change as Partial<NewJob>)).toEqual({ accepted: false, reason: 'invalid' });
    expect(rig.told({ event: 'job.rejected' })).toMatchObject([
      { severity: 'WARN', attributes: { 'job.reject.reason': 'invalid' } },
    ]);
  });

  test('counts() - says where the jobs are', async () => {
    const rig = createRig({ workers: 1 });
    rig.add('active', {}, hang);
    await turn();
    rig.add('waiting');
    rig.add('delayed', { delayMillis: 100 });
    expect(rig.queue.counts()).toEqual({
      accepted: 3,
      completed: 0,
      abandoned: 0,
      waiting: 1,
      delayed: 1,
      active: 1,
    });
    await pass(100);
    expect(rig.queue.counts()).toMatchObject({ waiting: 2, delayed: 0 });
  });

  test('counts() - tells a job that is due from a delayed one before the start too', async () => {
    const rig = createRig({ start: false });
    rig.add('job', { delayMillis: 100 });
    await pass(100);
    expect(rig.queue.counts()).toMatchObject({ waiting: 1, delayed: 0 });
  });

  test('idle() - resolves when the last job has ended, at once when there is none', async () => {
    const rig = createRig();
    await rig.queue.idle();
    let idle = false;
    rig.add('job', { maxAttempts: 2 }, (job) => {
      if (job.attempt === 1) throw new Error('once');
    });
    void rig.queue.idle().then(() => {
      idle = true;
    });
    await pass(999);
    expect(idle).toBe(false);
    await pass(1);
    expect(idle).toBe(true);
  });

  test('idle() - does not wait for a handler whose job was abandoned', async () => {
    const rig = createRig({ timeoutMillis: 10 });
    rig.add('job', { maxAttempts: 1 }, hang);
    const idle = rig.queue.idle();
    await pass(10);
    await idle;
    expect(rig.queue.counts()).toMatchObject({ abandoned: 1 });
  });

  test('start() - called twice starts each worker once', async () => {
    const rig = createRig({ workers: 2 });
    rig.queue.start();
    expect(rig.told({ event: 'worker.started' }).map(({ attributes }) => attributes['worker.id'])).toEqual([
      'worker-1',
      'worker-2',
    ]);
  });

  test('workers - none at all take jobs and run nothing', async () => {
    const rig = createRig({ workers: 0, capacity: 1 });
    rig.add('job');
    await pass(1000);
    expect(rig.began).toEqual([]);
    expect(rig.add('one-too-many')).toMatchObject({ reason: 'queue_full' });
    await rig.queue.shutdown();
    expect(rig.queue.counts()).toMatchObject({ abandoned: 1, waiting: 0 });
  });

  test('workers - take turns', async () => {
    const rig = createRig({ workers: 3 });
    const workers: string[] = [];
    for (let n = 0; n < 6; n++) {
      rig.add(`job-${n}`, {}, async ({ worker }) => {
        workers.push(worker);
        await work(10 + n);
      });
    }
    await pass(1000);
    expect(workers).toEqual(['worker-1', 'worker-2', 'worker-3', 'worker-1', 'worker-2', 'worker-3']);
  });

  test('handler - is told what it does', async () => {
    const rig = createRig();
    let call: unknown;
    rig.add('job', { priority: 4, maxAttempts: 7, payload: { to: 'ada' }, delayMillis: 10 }, (job) => {
      call = job;
    });
    const { runnableAt } = rig.add('other') as { runnableAt: number };
    await pass(10);
    expect(call).toMatchObject({
      id: 'job',
      type: 'work',
      priority: 4,
      payload: { to: 'ada' },
      attempt: 1,
      maxAttempts: 7,
      worker: 'worker-1',
      runnableAt: runnableAt + 10,
    });
  });

  test('telemetry - an attempt is a child of its enqueue and links to the attempt before', async () => {
    const rig = createRig({ backoffMillis: () => 10 });
    rig.add('job', { maxAttempts: 2, priority: 3 }, () =>
      work(5).then(() => Promise.reject(new Error('no'))),
    );
    await pass(1000);
    const [enqueue] = rig.spans({ job: 'job', operation: 'enqueue' });
    const [first, second] = rig.spans({ job: 'job', operation: 'process' });
    expect([first, second].map((span) => span?.parentSpanContext?.spanId)).toEqual(
      Array(2).fill(enqueue?.spanContext().spanId),
    );
    expect(first?.name).toBe('process work');
    expect(first?.links).toEqual([]);
    expect(second?.links.map(({ context }) => context.spanId)).toEqual([first?.spanContext().spanId]);
    expect(second?.attributes).toMatchObject({
      'job.attempt.number': 2,
      'job.max_attempts': 2,
      'job.priority': 3,
      'worker.id': 'worker-1',
      'job.abandon.reason': 'max_attempts',
    });
    expect(second?.attributes['job.wait.duration']).toBeCloseTo(0, 4);
    expect(eventsOf(rig.told())).toEqual([
      'job.queued',
      'job.started',
      'job.failed',
      'job.retrying',
      'job.started',
      'job.failed',
      'job.abandoned',
    ]);
  });

  test('telemetry - an abandonment without an attempt carries the context of a settle span under the enqueue', async () => {
    const rig = createRig({ workers: 0 });
    rig.add('job');
    await pass(20);
    rig.queue.cancel('job');
    const [enqueue] = rig.spans({ job: 'job', operation: 'enqueue' });
    const [settle] = rig.spans({ job: 'job', operation: 'settle' });
    const [abandoned] = rig.told({ event: 'job.abandoned' });
    expect(settle?.parentSpanContext?.spanId).toBe(enqueue?.spanContext().spanId);
    expect(abandoned).toMatchObject({ spanId: settle?.spanContext().spanId, severity: 'INFO' });
    expect(abandoned?.attributes['job.turnaround.duration']).toBeCloseTo(0.02, 4);
    expect(rig.spans({ job: 'job', operation: 'process' })).toEqual([]);
  });

  test('telemetry - a job that ends before it could have run has no turnaround', () => {
    const rig = createRig();
    rig.add('job', { delayMillis: 3 });
    rig.queue.cancel('job');
    const [abandoned] = rig.told({ event: 'job.abandoned' });
    expect(abandoned?.attributes).not.toHaveProperty('job.turnaround.duration');
  });

  test('telemetry - a cancelled retry tells what its last attempt failed with', async () => {
    const rig = createRig({ timeoutMillis: 10 });
    rig.add('failed', {}, () => Promise.reject(new RangeError('no')));
    await turn();
    rig.add('timed-out', {}, (job) => work(1000, job.signal));
    await pass(10);
    for (const id of ['failed', 'timed-out']) rig.queue.cancel(id);
    expect(rig.told({ event: 'job.abandoned' }).map(({ attributes }) => attributes['error.type'])).toEqual([
      'RangeError',
      'timeout',
    ]);
  });

  test('monitor - checks the health of the whole queue each interval until the shutdown', async () => {
    const rig = createRig({ monitor: { intervalMillis: 1000 } });
    rig.add('active', {}, () => work(5000));
    await turn();
    rig.add('waiting', {}, () => work(5000));
    rig.add('delayed', { delayMillis: 60_000 });
    await pass(1000);
    expect(rig.told({ event: 'queue.health_check' })).toMatchObject([
      {
        attributes: {
          'queue.scope': 'queue',
          'queue.total_jobs': 3,
          'queue.size': 1,
          'queue.delayed': 1,
          'queue.active': 1,
        },
      },
    ]);
    const done = rig.queue.shutdown();
    await pass(4000);
    await done;
    const checks = rig.told({ event: 'queue.health_check' }).length;
    await pass(60_000);
    expect(rig.told({ event: 'queue.health_check' })).toHaveLength(checks);
  });
});
