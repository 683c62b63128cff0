import type { JobResult, WorkOptions } from 'pg-boss';
import { describe, expect, test } from 'vitest';
import { QUICK, until, useRig } from './rig.js';

const rig = useRig();

const SENT = ['job.queued', 'job.started'];

describe('work()', () => {
  test('work() - a job is one trace: its attempt is a child of its enqueue, with the wait, and its handler sees it as it was', async () => {
    const queue = await rig.newQueue();
    const seen: unknown[] = [];
    await rig.boss.work<{ to: string }>(queue, QUICK, async ([job]) => {
      seen.push(job?.data, job?.name);
      return { sent: true };
    });
    const id = await rig.boss.send(queue, { to: 'ada' });
    await until('completion', () => rig.records(queue, 'job.completed')[0]);
    await rig.boss.offWork(queue);
    expect(rig.story(queue)).toEqual([...SENT, 'job.completed']);
    const [enqueue] = rig.spans(queue, 'enqueue');
    const [attempt] = rig.spans(queue, 'process');
    expect(attempt?.parentSpanContext?.spanId).toBe(enqueue?.spanContext().spanId);
    expect(attempt?.links).toEqual([]);
    expect(attempt?.attributes).toMatchObject({
      'messaging.system.name': 'pg-boss',
      'job.id': id,
      'job.attempt.number': 1,
      'job.max_attempts': 1,
      'job.attempt.outcome': 'completed',
    });
    expect(attempt?.attributes['job.wait.duration']).toBeGreaterThanOrEqual(0);
    expect(attempt?.attributes['job.wait.duration']).toBeLessThan(3);
    expect(seen).toEqual([{ to: 'ada' }, queue]);
    expect(await rig.row(queue, id ?? '')).toMatchObject({
      state: 'completed',
      output: { sent: true },
      data: { to: 'ada' },
    });
  });

  test('work() - a retry has the number, the exact delay, the previous attempt for a link, and its own wait', async () => {
    const queue = await rig.newQueue({ retryLimit: 1, retryDelay: 1 });
    await rig.boss.work(queue, QUICK, async ([job]) => {
      if (job?.retryCount === 0) throw new RangeError('no route');
    });
    const id = await rig.boss.send(queue, {});
    await until('completion', () => rig.records(queue, 'job.completed')[0]);
    await rig.boss.offWork(queue);
    expect(rig.story(queue)).toEqual([...SENT, 'job.failed', 'job.retrying', 'job.started', 'job.completed']);
    expect(rig.records(queue, 'job.failed')[0]?.attributes).toMatchObject({
      'job.will_retry': true,
      'error.type': 'RangeError',
    });
    expect(rig.records(queue, 'job.retrying')[0]?.attributes['job.retry.delay']).toBe(1);
    const [first, second] = rig.spans(queue, 'process');
    expect(first?.attributes).toMatchObject({ 'job.attempt.outcome': 'failed', 'job.retry.delay': 1 });
    expect(second?.attributes['job.attempt.number']).toBe(2);
    expect(second?.links).toMatchObject([
      {
        context: { spanId: first?.spanContext().spanId },
        attributes: { 'link.reason': 'previous_attempt', 'job.attempt.number': 1 },
      },
    ]);
    expect(second?.attributes['job.wait.duration']).toBeLessThan(1.5);
    expect(rig.records(queue, 'job.completed')[0]?.attributes).toMatchObject({
      'job.attempts': 2,
      'job.id': id,
    });
    expect(rig.records(queue, 'job.completed')[0]?.attributes['job.turnaround.duration']).toBeGreaterThan(1);
  });

  test('work() - with backoff the delay is what the database drew', async () => {
    const queue = await rig.newQueue({ retryLimit: 1, retryDelay: 100, retryBackoff: true });
    await rig.boss.work(queue, QUICK, async () => {
      throw new Error('no route');
    });
    const id = (await rig.boss.send(queue, {})) ?? '';
    const retrying = await until('retry', () => rig.records(queue, 'job.retrying')[0]);
    await rig.boss.offWork(queue);
    const [job] = await rig.boss.findJobs(queue, { id });
    const real = ((job?.startAfter.getTime() ?? 0) - Date.now()) / 1000;
    expect(Math.abs(Number(retrying.attributes['job.retry.delay']) - real)).toBeLessThan(2);
  });

  test.each([
    ['a string', 'gone'],
    ['undefined', undefined],
    ['a frozen error', Object.freeze(new Error('frozen'))],
  ])('work() - %s that is thrown is stored as pg-boss does, and told', async (_, thrown) => {
    const queue = await rig.newQueue();
    await rig.boss.work(queue, QUICK, async () => {
      throw thrown;
    });
    const id = (await rig.boss.send(queue, {})) ?? '';
    await until('end', () => rig.records(queue, 'job.abandoned')[0]);
    await rig.boss.offWork(queue);
    expect(rig.story(queue)).toEqual([...SENT, 'job.failed', 'job.abandoned']);
    expect(rig.records(queue, 'job.abandoned')[0]?.attributes).toMatchObject({
      'job.abandon.reason': 'max_attempts',
      'error.type': thrown instanceof Error ? 'Error' : '_OTHER',
    });
    const { output, state } = await rig.row(queue, id);
    expect(state).toBe('failed');
    if (typeof thrown === 'string') expect(output).toEqual({ value: thrown });
    else if (thrown === undefined) expect(output).toBeNull();
    else expect(output).toMatchObject({ message: 'frozen' });
  });

  test('work() - an attempt that passes its time is failed by timeout, its span ends at the limit, and the handler is an overrun', async () => {
    const queue = await rig.newQueue({ expireInSeconds: 1 });
    let finish: (() => void) | undefined;
    let aborted = false;
    await rig.boss.work(queue, QUICK, ([job]) => {
      job?.signal.addEventListener('abort', () => {
        aborted = true;
      });
      return new Promise<void>((resolve) => {
        finish = resolve;
      });
    });
    const id = (await rig.boss.send(queue, {})) ?? '';
    await until('overrun', () => rig.records(queue, 'job.overrun')[0]);
    finish?.();
    await rig.boss.offWork(queue);
    expect(aborted).toBe(true);
    expect(rig.story(queue)).toEqual([...SENT, 'job.failed', 'job.abandoned', 'job.overrun']);
    const [span] = rig.spans(queue, 'process');
    expect(span?.attributes).toMatchObject({ 'error.type': 'timeout', 'job.attempt.outcome': 'failed' });
    expect(span?.duration).toEqual([1, 0]);
    expect(await rig.row(queue, id)).toMatchObject({
      state: 'failed',
      output: { message: 'handler execution exceeded 1s' },
    });
  });

  test.each([
    ['throws the reason of its signal', (reject: () => void) => reject()],
    ['returns', (_: () => void, resolve: () => void) => resolve()],
  ])('work() - a handler that %s when its time is up is no other end than the time limit', async (_, act) => {
    const queue = await rig.newQueue({ expireInSeconds: 1 });
    await rig.boss.work(queue, QUICK, ([job]) => {
      const signal = job?.signal;
      return new Promise<void>((resolve, reject) => {
        signal?.addEventListener('abort', () => act(() => reject(signal.reason as Error), resolve));
      });
    });
    await rig.boss.send(queue, {});
    await until('end', () => rig.records(queue, 'job.abandoned')[0]);
    await rig.boss.offWork(queue);
    expect(rig.story(queue)).toEqual([...SENT, 'job.failed', 'job.abandoned']);
    expect(rig.records(queue, 'job.abandoned')[0]?.attributes['job.abandon.reason']).toBe('timeout');
    const [span] = rig.spans(queue, 'process');
    expect(span?.attributes).toMatchObject({ 'error.type': 'timeout', 'job.attempt.outcome': 'failed' });
    expect(span?.duration).toEqual([1, 0]);
  });

  test('work() - a job that is cancelled while its handler runs has one end, and its attempt is lost', async () => {
    const queue = await rig.newQueue({ retryLimit: 3 });
    await rig.boss.work(queue, QUICK, async ([job]) => {
      await rig.boss.cancel(queue, job?.id ?? '');
    });
    const id = (await rig.boss.send(queue, {})) ?? '';
    const [span] = await until('span', () => {
      const spans = rig.spans(queue, 'process');
      return spans.length > 0 ? spans : undefined;
    });
    await rig.boss.offWork(queue);
    expect(rig.story(queue)).toEqual([...SENT, 'job.abandoned']);
    expect(span?.attributes).toMatchObject({ 'job.attempt.outcome': 'lost', 'error.type': 'lost' });
    expect(rig.records(queue, 'job.abandoned')[0]?.attributes).toMatchObject({
      'job.abandon.reason': 'cancelled',
      'job.attempts': 1,
    });
    expect(rig.records(queue, 'job.abandoned')[0]?.severityText).toBe('INFO');
    expect((await rig.row(queue, id)).state).toBe('cancelled');
  });

  test('work() - a job that the handler completes itself is completed once', async () => {
    const queue = await rig.newQueue();
    await rig.boss.work(queue, QUICK, async ([job]) => {
      if (job) await rig.boss.complete(queue, job.id, { own: 1 });
    });
    const id = (await rig.boss.send(queue, {})) ?? '';
    await until('span', () => rig.spans(queue, 'process')[0]);
    await rig.boss.offWork(queue);
    expect(rig.story(queue)).toEqual([...SENT, 'job.completed']);
    expect((await rig.row(queue, id)).output).toEqual({ own: 1 });
  });

  test('work() - where pg-boss can not store the output, the job stays active and its attempt is lost', async () => {
    const queue = await rig.newQueue();
    await rig.boss.work(queue, QUICK, async () => ({ text: 'a\u0000b' }));
    const id = (await rig.boss.send(queue, {})) ?? '';
    const span = await until('end', () => rig.spans(queue, 'process')[0]);
    await rig.boss.offWork(queue);
    expect(rig.story(queue)).toEqual(SENT);
    expect(span.attributes['job.attempt.outcome']).toBe('lost');
    expect((await rig.row(queue, id)).state).toBe('active');
  });

  test('work() - array and null data arrive as they were', async () => {
    const queue = await rig.newQueue();
    const seen: unknown[] = [];
    await rig.boss.work(queue, QUICK, async ([job]) => {
      seen.push(job?.data);
    });
    await rig.boss.send(queue, [1, 2]);
    await rig.boss.send(queue, null);
    await until('both', () => rig.records(queue, 'job.completed')[1]);
    await rig.boss.offWork(queue);
    expect(seen).toEqual([[1, 2], null]);
    const parents = rig.spans(queue, 'process').map((span) => span.parentSpanContext?.spanId);
    expect(parents).toEqual(rig.spans(queue, 'enqueue').map((span) => span.spanContext().spanId));
  });

  const batch = { ...QUICK, batchSize: 3 } satisfies WorkOptions;

  test('work() - a batch is one span with a link for each job, and the signals of each', async () => {
    const queue = await rig.newQueue();
    for (let i = 0; i < 3; i++) await rig.boss.send(queue, { i });
    await rig.boss.work(queue, batch, async (jobs) => ({ ran: jobs.length }));
    await until('all', () => rig.records(queue, 'job.completed')[2]);
    await rig.boss.offWork(queue);
    const [span, ...more] = rig.spans(queue, 'process');
    expect(more).toEqual([]);
    const enqueues = rig.spans(queue, 'enqueue').map((enqueue) => enqueue.spanContext().spanId);
    expect(span?.links.map((link) => link.context.spanId).sort()).toEqual(enqueues.sort());
    expect(span?.attributes['messaging.batch.message_count']).toBe(3);
    expect(rig.records(queue, 'job.started')).toHaveLength(3);
  });

  test('work() - results for each job of a batch are each told: completed, failed, left out, dead-lettered', async () => {
    const queue = await rig.newQueue({ retryLimit: 1, retryDelay: 60 });
    for (let i = 0; i < 3; i++) await rig.boss.send(queue, { i });
    const options = { ...batch, perJobResults: true } as const;
    await rig.boss.work<{ i: number }, unknown, typeof options>(queue, options, async (jobs) =>
      jobs.flatMap(({ id, data }): JobResult[] => {
        if (data.i === 0) return [{ id, status: 'completed' }];
        return data.i === 1 ? [{ id, status: 'deadletter' }] : [];
      }),
    );
    await until('all', () => rig.spans(queue, 'process')[0]);
    await rig.boss.offWork(queue);
    // pg-boss hands a batch out in no order.
    expect(rig.story(queue).slice(6).sort()).toEqual([
      'job.abandoned',
      'job.completed',
      'job.failed',
      'job.failed',
      'job.retrying',
    ]);
    expect(rig.records(queue, 'job.abandoned')[0]?.attributes['job.abandon.reason']).toBe('not_retryable');
    const jobs = await rig.boss.findJobs<{ i: number }>(queue);
    expect(jobs.map(({ data, state }) => [data.i, state]).sort()).toEqual([
      [0, 'completed'],
      [1, 'failed'],
      [2, 'retry'],
    ]);
  });

  test('work() - its workers start, are busy and idle, and stop', async () => {
    const queue = await rig.newQueue();
    const id = await rig.boss.work(queue, { ...QUICK, localConcurrency: 2 }, async () => undefined);
    await rig.boss.send(queue, {});
    await until('idle', () => rig.records(queue, 'worker.idle')[0]);
    const points = await rig.otel.points('worker.count');
    const mine = points.filter(({ labels }) => labels['messaging.destination.name'] === queue);
    expect(mine.map(({ labels, value }) => [labels['worker.state'], value]).sort()).toEqual([
      ['busy', 0],
      ['idle', 2],
    ]);
    await rig.boss.offWork(queue, { id, wait: false });
    await until('stop', () => rig.records(queue, 'worker.stopped')[0]);
    const own = rig.records(queue, 'worker.started')[0]?.attributes['worker.id'];
    const names = rig.otel.logs().filter(({ attributes }) => attributes['worker.id'] === own);
    expect(names.map(({ eventName }) => eventName).filter((name) => name?.startsWith('worker.'))).toEqual([
      'worker.started',
      'worker.busy',
      'worker.idle',
      'worker.stopped',
    ]);
  });

  test('work() - what pg-boss refuses is refused by pg-boss', async () => {
    await expect(rig.boss.work('', async () => undefined)).rejects.toThrow();
    // @ts-expect-error: no handler
    await expect(rig.boss.work('q')).rejects.toThrow(/handler|callback/);
  });
});
