import { randomUUID } from 'node:crypto';
import type { PgBossJobsOptions } from 'signalbox/pg-boss';
import { pgBossJobs } from 'signalbox/pg-boss';
import { describe, expect, test } from 'vitest';
import { QUICK, until, useRig } from './rig.js';

const rig = useRig();

/** A worker of another process that takes a job and is never heard of again; then the supervisor comes by. */
async function vanishWith(queue: string, id: string): Promise<void> {
  const other = rig.plain();
  await other.start();
  const [job] = await other.fetch(queue);
  expect(job?.id).toBe(id);
  await until('expiry', async () => {
    await rig.boss.supervise(queue);
    await new Promise((resolve) => setTimeout(resolve, 200));
    return (await rig.row(queue, id)).state !== 'active';
  });
}

describe('what pg-boss settled', () => {
  test('settling - a job that another process cancelled is lost here, though its handler returned', async () => {
    const queue = await rig.newQueue({ retryLimit: 2 });
    const other = rig.plain();
    await other.start();
    await rig.boss.work(queue, QUICK, async ([job]) => {
      await other.cancel(queue, job?.id ?? '');
      return 'done';
    });
    await rig.boss.send(queue, {});
    const span = await until('span', () => rig.spans(queue, 'process')[0]);
    await rig.boss.offWork(queue);
    expect(rig.story(queue)).toEqual(['job.queued', 'job.started']);
    expect(span.attributes['job.attempt.outcome']).toBe('lost');
    expect(span.status.code).toBe(2);
  });

  test('settling - of a batch only the job that was taken away is lost', async () => {
    const queue = await rig.newQueue();
    const other = rig.plain();
    await other.start();
    const [first] = [await rig.boss.send(queue, {}), await rig.boss.send(queue, {})];
    await rig.boss.work(queue, { ...QUICK, batchSize: 2 }, async () => other.cancel(queue, first ?? ''));
    await until('span', () => rig.spans(queue, 'process')[0]);
    await rig.boss.offWork(queue);
    expect(rig.records(queue, 'job.completed')).toHaveLength(1);
    expect(rig.records(queue, 'job.completed')[0]?.attributes['job.id']).not.toBe(first);
  });

  test('settling - where the claim is gone while the handler runs, the attempt is lost at once', async () => {
    const queue = await rig.newQueue({ heartbeatSeconds: 10 });
    const other = rig.plain();
    await other.start();
    let release: (() => void) | undefined;
    const options = { ...QUICK, heartbeatRefreshSeconds: 1 };
    await rig.boss.work(queue, options, async ([job]) => {
      await other.cancel(queue, job?.id ?? '');
      await new Promise<void>((resolve) => (release = resolve));
    });
    await rig.boss.send(queue, {});
    const span = await until('span', () => rig.spans(queue, 'process')[0]);
    expect(span.attributes['job.attempt.outcome']).toBe('lost');
    release?.();
    await rig.boss.offWork(queue);
    expect(rig.story(queue)).toEqual(['job.queued', 'job.started']);
  });

  test('settling - a job that goes to the dead letter queue has its end, and its copy goes on in the same trace', async () => {
    const dead = await rig.newQueue();
    const queue = await rig.newQueue({ deadLetter: dead });
    await rig.boss.work(queue, QUICK, async () => {
      throw new Error('for good');
    });
    await rig.boss.work(dead, QUICK, async () => undefined);
    await rig.boss.send(queue, {});
    await until('copy', () => rig.records(dead, 'job.completed')[0]);
    await rig.boss.offWork(queue);
    await rig.boss.offWork(dead);
    expect(rig.story(queue)).toEqual(['job.queued', 'job.started', 'job.failed', 'job.abandoned']);
    expect(rig.story(dead)).toEqual(['job.started', 'job.completed']);
    const [copy] = rig.spans(dead, 'process');
    expect(copy?.parentSpanContext?.spanId).toBe(rig.spans(queue, 'enqueue')[0]?.spanContext().spanId);
    expect(copy?.attributes['job.attempt.number']).toBe(1);
  });

  test("settling - 'approximate' believes the handler, and leaves the settling to pg-boss", async () => {
    const jobs = pgBossJobs(rig.box, { settle: 'approximate', attemptLinks: 'memory' });
    const boss = rig.observed({}, jobs);
    await boss.start();
    const queue = await rig.newQueue({ retryLimit: 1 });
    await boss.work(queue, QUICK, async ([job]) => {
      if (job?.retryCount === 0) throw new Error('once');
      return { n: 1 };
    });
    const id = (await boss.send(queue, {})) ?? '';
    await until('completion', () => rig.records(queue, 'job.completed')[0]);
    await boss.offWork(queue);
    expect(rig.story(queue)).toEqual([
      'job.queued',
      'job.started',
      'job.failed',
      'job.retrying',
      'job.started',
      'job.completed',
    ]);
    expect(rig.spans(queue, 'process')[1]?.links).toHaveLength(1);
    expect(await rig.row(queue, id)).toMatchObject({ state: 'completed', output: { n: 1 } });
  });

  /** What a job's row says of its failed attempt. */
  async function outputOf(queue: string, options?: PgBossJobsOptions): Promise<unknown> {
    const boss = rig.observed({}, pgBossJobs(rig.box, options));
    await boss.start();
    await boss.work(queue, QUICK, async () => {
      throw new Error('here');
    });
    const id = (await boss.send(queue, {})) ?? '';
    await until('failure', () => rig.records(queue, 'job.retrying')[0]);
    const { output } = await rig.row(queue, id);
    await boss.offWork(queue);
    return output;
  }

  test('settling - by default leaves nothing in the output of a failed attempt', async () => {
    const queue = await rig.newQueue({ retryLimit: 1 });
    const output = await outputOf(queue);
    expect(output).toMatchObject({ message: 'here' });
    expect(output).not.toHaveProperty('signalbox');
  });

  test("settling - by `attemptLinks: 'persist'` a retry in another process finds the attempt before in the output", async () => {
    const queue = await rig.newQueue({ retryLimit: 1 });
    const output = await outputOf(queue, { attemptLinks: 'persist' });
    expect(output).toMatchObject({
      message: 'here',
      signalbox: { attempt: 1, carrier: { traceparent: expect.any(String) } },
    });
    const [first] = rig.spans(queue, 'process');
    expect(JSON.stringify(output)).toContain(first?.spanContext().spanId);
  });

  test('settling - a shutdown that does not wait fails the attempt, which runs again', async () => {
    const queue = await rig.newQueue({ retryLimit: 1 });
    const boss = rig.observed();
    await boss.start();
    let release: (() => void) | undefined;
    await boss.work(queue, QUICK, () => new Promise<void>((resolve) => (release = resolve)));
    const id = (await boss.send(queue, {})) ?? '';
    await until('start', () => rig.records(queue, 'job.started')[0]);
    await boss.stop({ timeout: 1000, close: false });
    expect(rig.story(queue)).toEqual(['job.queued', 'job.started', 'job.failed', 'job.retrying']);
    const [span] = rig.spans(queue, 'process');
    expect(span?.attributes).toMatchObject({ 'error.type': 'shutdown', 'job.attempt.outcome': 'failed' });
    expect((await rig.row(queue, id)).state).toBe('retry');
    expect(rig.records(queue, 'worker.stopped')).toHaveLength(1);
    release?.();
    await until('quiet', () => rig.records(queue, 'worker.idle')[0] ?? true);
    expect(rig.spans(queue, 'process')).toHaveLength(1);
  });

  test('settling - a graceful stop resolves when what ran has been told', async () => {
    const queue = await rig.newQueue();
    const boss = rig.observed();
    await boss.start();
    await boss.work(queue, QUICK, async () => {
      await new Promise((resolve) => setTimeout(resolve, 100));
    });
    await boss.send(queue, {});
    await until('start', () => rig.records(queue, 'job.started')[0]);
    await boss.stop({ close: false });
    expect(rig.story(queue)).toEqual(['job.queued', 'job.started', 'job.completed']);
    expect(rig.records(queue, 'worker.stopped')).toHaveLength(1);
  });

  test('settling - a job whose worker vanished is stalled once: when it runs again, with no link to a span that never was', async () => {
    const queue = await rig.newQueue({ retryLimit: 1, expireInSeconds: 1 });
    const id = (await rig.boss.send(queue, {})) ?? '';
    await vanishWith(queue, id);
    await rig.boss.work(queue, QUICK, async () => undefined);
    await until('completion', () => rig.records(queue, 'job.completed')[0]);
    await rig.boss.offWork(queue);
    expect(rig.story(queue)).toEqual(['job.queued', 'job.stalled', 'job.started', 'job.completed']);
    expect(rig.records(queue, 'job.stalled')[0]?.attributes).toMatchObject({
      'job.id': id,
      'job.attempt.number': 1,
    });
    const [span, ...more] = rig.spans(queue, 'process');
    expect(more).toEqual([]);
    expect(span?.attributes['job.attempt.number']).toBe(2);
    expect(span?.links).toEqual([]);
  });

  test('monitor() - a job whose worker vanished in its last attempt is abandoned once, in the context of its enqueue', async () => {
    const queue = await rig.newQueue({ expireInSeconds: 1 });
    const monitor = rig.jobs.monitor(rig.boss, queue, { failureRate: false });
    await monitor.check();
    const id = (await rig.boss.send(queue, {})) ?? '';
    await vanishWith(queue, id);
    await monitor.check();
    await monitor.check();
    monitor.stop();
    const [end, ...more] = rig.records(queue, 'job.abandoned');
    expect(more).toEqual([]);
    expect(end?.attributes).toMatchObject({
      'job.id': id,
      'job.abandon.reason': 'stalled',
      'job.attempts': 1,
      'error.type': 'stalled',
    });
    expect(rig.enqueueOf(queue, end)).toBe(rig.spans(queue, 'enqueue')[0]?.spanContext().spanId);
  });

  test('monitor() - checks by itself, at once and each interval', async () => {
    const queue = await rig.newQueue();
    const monitor = rig.jobs.monitor(rig.boss, queue, { intervalMillis: 20 });
    await until('three checks', () => rig.records(queue, 'queue.health_check')[2]);
    monitor.stop();
  });

  test('monitor() - an end between its making and its first interval is found', async () => {
    const queue = await rig.newQueue({ expireInSeconds: 1 });
    const monitor = rig.jobs.monitor(rig.boss, queue);
    await until('its first check', () => rig.records(queue, 'queue.health_check')[0]);
    const id = (await rig.boss.send(queue, {})) ?? '';
    await vanishWith(queue, id);
    await monitor.check();
    monitor.stop();
    const reasons = rig.records(queue, 'job.abandoned').map((end) => end.attributes['job.abandon.reason']);
    expect(reasons).toEqual(['stalled']);
  });

  test('monitor() - it does not look for ends where it is told not to, nor for those before it began', async () => {
    const queue = await rig.newQueue({ expireInSeconds: 1 });
    const id = (await rig.boss.send(queue, {})) ?? '';
    await vanishWith(queue, id);
    const quiet = rig.jobs.monitor(rig.boss, queue, { reconcile: false });
    await quiet.check();
    quiet.stop();
    const late = rig.jobs.monitor(rig.boss, queue);
    await late.check();
    await late.check();
    late.stop();
    expect(rig.records(queue, 'job.abandoned')).toEqual([]);
  });

  test('monitor() - the depth by state, and the age of the oldest that could run, are those of the table', async () => {
    const queue = await rig.newQueue();
    await rig.boss.send(queue, {});
    await rig.boss.send(queue, {});
    await rig.boss.fetch(queue);
    await rig.boss.send(queue, {}, { startAfter: 60 });
    const child = randomUUID();
    await rig.boss.flow([
      { ref: 'a', name: queue, data: {}, options: { startAfter: 90 } },
      { ref: 'b', name: queue, data: {}, dependsOn: ['a'], options: { id: child } },
    ]);
    const monitor = rig.jobs.monitor(rig.boss, queue, { backlog: { size: 1 } });
    await monitor.check();
    const points = (await rig.otel.points('queue.jobs')).filter(
      ({ labels }) => labels['messaging.destination.name'] === queue,
    );
    expect(Object.fromEntries(points.map(({ labels, value }) => [labels['job.state'], value]))).toEqual({
      waiting: 1,
      delayed: 2,
      active: 1,
      blocked: 1,
    });
    const [health] = rig.records(queue, 'queue.health_check');
    expect(health?.attributes['queue.oldest_age']).toBeGreaterThan(0);
    expect(rig.records(queue, 'queue.backlog')).toHaveLength(1);
    monitor.stop();
  });

  test('monitor() - a queue that can not be looked at is reported, and rejects nothing', async () => {
    const boss = rig.jobs.boss(rig.plain(), { schema: 'elsewhere' });
    const monitor = rig.jobs.monitor(boss, 'nowhere');
    await expect(monitor.check()).resolves.toBeUndefined();
    monitor.stop();
  });
});
