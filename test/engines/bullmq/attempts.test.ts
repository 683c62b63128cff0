import { hostname } from 'node:os';
import { SpanStatusCode, trace } from '@opentelemetry/api';
import { DelayedError, UnrecoverableError, WaitingChildrenError, WaitingError, Worker } from 'bullmq';
import { describe, expect, test } from 'vitest';
import { nanos } from '../../support/otel.js';
import { gate, Rig, SECRET, until } from './rig.js';

const rig = new Rig();

describe('worker()', () => {
  test('a job is one trace: its attempt is a child of its enqueue, and ends when its handler ended', async () => {
    const queue = rig.queue();
    let ended = 0;
    rig.worker(async () => {
      await new Promise((done) => setTimeout(done, 30));
      ended = Date.now();
      return { result: 'secret-result' };
    });
    const { id } = await queue.add('welcome', SECRET);
    await rig.told('job.completed');
    const [span] = rig.attempts();
    expect(span?.name).toBe('process welcome');
    expect(span?.parentSpanContext?.spanId).toBe(rig.enqueues()[0]?.spanContext().spanId);
    expect(span?.attributes).toMatchObject({
      'job.id': id,
      'job.attempt.number': 1,
      'job.max_attempts': 1,
      'job.attempt.outcome': 'completed',
    });
    expect(span?.status.code).toBe(SpanStatusCode.UNSET);
    expect(Math.abs(Number(nanos(span?.endTime ?? [0, 0])) / 1e6 - ended)).toBeLessThan(10);
    const [point] = await rig.otel.points('messaging.process.duration');
    const took = nanos(span?.endTime ?? [0, 0]) - nanos(span?.startTime ?? [0, 0]);
    expect(point?.value).toBe(1);
    // To the nanosecond, as times are on the wire: a double of seconds has more digits than that.
    expect(Math.round((point?.sum ?? 0) * 1e9)).toBe(Number(took));
    expect(await rig.everything()).not.toMatch(/secret/);
  });

  test('a processor that returns a lazy query does its work within the attempt, and is timed by it', async () => {
    let ranIn: string | undefined;
    const query = {
      // biome-ignore lint/suspicious/noThenProperty: what query builders return is a thenable and no promise
      then: (resolve: (rows: number) => void): void => {
        ranIn = trace.getActiveSpan()?.spanContext().spanId;
        setTimeout(() => resolve(7), 50);
      },
    } as unknown as Promise<number>;
    const queue = rig.queue();
    rig.worker(() => query);
    await queue.add('welcome', SECRET);
    await rig.told('job.completed');
    const [span] = rig.attempts();
    expect(ranIn).toBe(span?.spanContext().spanId);
    const took = nanos(span?.endTime ?? [0, 0]) - nanos(span?.startTime ?? [0, 0]);
    expect(Number(took) / 1e6).toBeGreaterThan(45);
  });

  test('an attempt that failed is red, tells its real delay, and the next one links to it', async () => {
    const queue = rig.queue();
    rig.worker(async (job) => {
      if (job.attemptsMade < 2) throw new TypeError('not yet');
    });
    await queue.add('welcome', SECRET, { attempts: 3, backoff: { type: 'exponential', delay: 20 } });
    await rig.told('job.completed');
    const [first, second, third] = rig.attempts();
    expect(rig.story()).toEqual([
      'job.queued',
      'job.started',
      'job.failed',
      'job.retrying',
      'job.started',
      'job.failed',
      'job.retrying',
      'job.started',
      'job.completed',
    ]);
    expect(rig.records('job.retrying').map((record) => record['job.retry.delay'])).toEqual([0.02, 0.04]);
    expect(first?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'not yet' });
    expect(first?.attributes['error.type']).toBe('TypeError');
    expect(second?.links).toMatchObject([
      {
        context: { spanId: first?.spanContext().spanId },
        attributes: { 'link.reason': 'previous_attempt', 'job.attempt.number': 1 },
      },
    ]);
    expect(third?.links).toMatchObject([{ context: { spanId: second?.spanContext().spanId } }]);
    for (const span of [second, third]) expect(span?.attributes['job.wait.duration']).toBeLessThan(0.5);
    expect(third?.attributes['job.attempt.number']).toBe(3);
  });

  test('the delay of a job is not told as the delay of its retry', async () => {
    const queue = rig.queue();
    rig.worker(async (job) => {
      if (job.attemptsMade < 1) throw new Error('not yet');
    });
    await queue.add('welcome', SECRET, { attempts: 2, delay: 50 });
    await rig.told('job.completed');
    expect(rig.records('job.retrying')[0]?.['job.retry.delay']).toBe(0);
  });

  test.each([
    ['max_attempts', new Error('no'), { attempts: 2 }],
    ['not_retryable', new UnrecoverableError('never'), { attempts: 5 }],
    ['not_retryable', new Error('custom'), { attempts: 5, backoff: { type: 'custom' } }],
  ] as const)('the end of a job is told with its reason: %s', async (reason, error, opts) => {
    const queue = rig.queue();
    rig.worker(
      async () => {
        throw error;
      },
      { settings: { backoffStrategy: () => -1 } },
    );
    await queue.add('welcome', SECRET, opts);
    const [record] = await rig.told('job.abandoned');
    expect(record).toMatchObject({ 'job.abandon.reason': reason, 'error.type': error.name });
    expect(rig.attempts().at(-1)?.attributes['job.abandon.reason']).toBe(reason);
    expect(await rig.otel.points('job.ended')).toMatchObject([
      { value: 1, labels: { 'job.outcome': 'abandoned', 'job.abandon.reason': reason } },
    ]);
  });

  test('maxStartedAttempts - the last start that it allows ends the job', async () => {
    const queue = rig.queue();
    rig.worker(
      async () => {
        throw new Error('no');
      },
      { maxStartedAttempts: 1 },
    );
    await queue.add('welcome', SECRET, { attempts: 5 });
    expect(await rig.told('job.abandoned')).toMatchObject([
      { 'job.abandon.reason': 'max_attempts', 'job.attempts': 1 },
    ]);
  });

  test('a result that can not be stored fails the attempt: the engine says so, whatever the handler returned', async () => {
    const queue = rig.queue();
    rig.worker(async () => {
      const circular: Record<string, unknown> = {};
      circular.secretKey = circular;
      return circular;
    });
    const { id } = await queue.add('welcome', SECRET);
    await rig.told('job.abandoned');
    expect(rig.story()).toEqual(['job.queued', 'job.started', 'job.failed', 'job.abandoned']);
    // The app's own to read; it tells of what was returned.
    expect((await queue.getJob(id ?? ''))?.failedReason).toContain('secretKey');
    expect(await rig.everything()).not.toContain('secretKey');
    expect(rig.attempts()[0]?.attributes['error.type']).toBe('TypeError');
  });

  test('thrown strings fail the attempt as _OTHER', async () => {
    const queue = rig.queue();
    rig.worker(async () => {
      throw 'just text';
    });
    await queue.add('welcome', SECRET);
    expect(await rig.told('job.failed')).toMatchObject([{ 'error.type': '_OTHER' }]);
  });

  test('DelayedError - a start that was put back is no failure and no attempt; the next wait is from its new time', async () => {
    const queue = rig.queue();
    let due = 0;
    let began = 0;
    rig.worker(async (job, token) => {
      began = Date.now();
      if (due > 0) return;
      due = began + 100;
      await job.moveToDelayed(due, token);
      throw new DelayedError();
    });
    await queue.add('welcome', SECRET);
    await rig.told('job.completed');
    expect(rig.story()).toEqual([
      'job.queued',
      'job.started',
      'job.deferred',
      'job.started',
      'job.completed',
    ]);
    const [put, ran] = rig.attempts();
    expect(put?.attributes).toMatchObject({
      'job.attempt.outcome': 'deferred',
      'job.defer.reason': 'delayed',
    });
    expect(put?.attributes).not.toHaveProperty('job.attempt.number');
    expect(put?.status.code).toBe(SpanStatusCode.UNSET);
    expect(ran?.attributes['job.attempt.number']).toBe(1);
    const late = (began - due) / 1000;
    expect(Math.abs(Number(ran?.attributes['job.wait.duration']) - late)).toBeLessThan(0.02);
    expect(ran?.links).toEqual([]);
    expect(rig.records('job.deferred')[0]?.['job.delay']).toBeCloseTo(0.1, 1);
    expect((await rig.otel.points('messaging.process.duration'))[0]?.value).toBe(1);
  });

  test('DelayedError after a failure - the wait is not counted from the retry that came before', async () => {
    const queue = rig.queue();
    let starts = 0;
    rig.worker(async (job, token) => {
      starts++;
      if (starts === 1) throw new Error('not yet');
      if (starts > 2) return;
      await job.moveToWait(token);
      throw new WaitingError();
    });
    await queue.add('welcome', SECRET, { attempts: 2 });
    await rig.told('job.completed');
    const [failed, , ran] = rig.attempts();
    expect(ran?.attributes).not.toHaveProperty('job.wait.duration');
    expect(ran?.links).toMatchObject([{ context: { spanId: failed?.spanContext().spanId } }]);
    expect(rig.records('job.deferred')).toMatchObject([{ 'job.defer.reason': 'waiting' }]);
  });

  test('rate limit - a start that was put back is deferred', async () => {
    const queue = rig.queue();
    let starts = 0;
    rig.worker(
      async () => {
        if (starts++ > 0) return;
        await queue.rateLimit(50);
        throw Worker.RateLimitError();
      },
      { limiter: { max: 1, duration: 50 } },
    );
    await queue.add('welcome', SECRET);
    await rig.told('job.completed');
    expect(rig.records('job.deferred')).toMatchObject([{ 'job.defer.reason': 'rate_limited' }]);
  });

  test('WaitingChildrenError - a job that adds children and waits for them is one attempt', async () => {
    const queue = rig.queue();
    rig.worker(async (job, token) => {
      if (job.name === 'child' || job.attemptsStarted > 1) return;
      const parent = { id: job.id ?? '', queue: job.queueQualifiedName };
      await queue.add('child', SECRET, { parent });
      if (await job.moveToWaitingChildren(token ?? '')) throw new WaitingChildrenError();
    });
    const { id } = await queue.add('welcome', SECRET);
    await rig.told('job.completed', 2);
    const own = rig.attempts().filter(({ attributes }) => attributes['job.id'] === id);
    expect(own.map(({ attributes }) => attributes['job.attempt.outcome'])).toEqual(['deferred', 'completed']);
    expect(own[1]?.attributes).not.toHaveProperty('job.wait.duration');
  });

  test('a wait is from when a delayed job was due; of one that was promoted elsewhere it is not known', async () => {
    const queue = rig.rawQueue();
    const { timestamp } = await queue.add('welcome', SECRET, { delay: 100 });
    const promoted = await queue.add('welcome', SECRET, { delay: 60_000 });
    await promoted.promote();
    let began = 0;
    rig.worker(async () => {
      began = Date.now();
    });
    await rig.told('job.completed', 2);
    const [early, due] = rig.attempts();
    expect(early?.attributes['job.id']).toBe(promoted.id);
    expect(early?.attributes).not.toHaveProperty('job.wait.duration');
    const late = (began - timestamp - 100) / 1000;
    expect(Math.abs(Number(due?.attributes['job.wait.duration']) - late)).toBeLessThan(0.02);
    expect(rig.records('job.completed')[0]).not.toHaveProperty('job.turnaround.duration');
  });

  test('a job that is brought back is told as revived, and its attempts are numbered on', async () => {
    const queue = rig.queue();
    let works = false;
    rig.worker(async () => {
      if (!works) throw new Error('not yet');
    });
    const { id } = await queue.add('welcome', SECRET);
    await rig.told('job.abandoned');
    works = true;
    await (await queue.getJob(id ?? ''))?.retry();
    await rig.told('job.completed');
    expect(rig.story().slice(-3)).toEqual(['job.revived', 'job.started', 'job.completed']);
    expect(rig.records('job.revived')).toMatchObject([{ 'job.id': id, 'job.attempts': 1 }]);
    expect(rig.records('job.completed')).toMatchObject([{ 'job.attempts': 2 }]);
  });

  test('a job that was given up early and is brought back is told as revived by a process that never saw it', async () => {
    const queue = rig.queue();
    const first = rig.worker(async () => {
      throw new UnrecoverableError('never');
    });
    const { id } = await queue.add('welcome', SECRET, { attempts: 5 });
    await rig.told('job.abandoned');
    await first.close();
    await queue.retryJobs({ state: 'failed' });
    rig.worker(async () => undefined, {}, rig.process().jobs);
    await rig.told('job.completed');
    expect(await rig.told('job.revived')).toMatchObject([{ 'job.id': id, 'job.attempts': 1 }]);
  });

  test('an ordinary retry is no revival, in whatever process it runs, whatever was thrown', async () => {
    const queue = rig.queue();
    const thrown: unknown[] = [new Error(''), 'text', new Error('said')];
    for (const [i, what] of thrown.entries()) {
      const failed = rig.failsOnce(what);
      await queue.add('welcome', SECRET, { attempts: 2, backoff: 200 });
      await failed;
      const working = rig.worker(async () => undefined, {}, rig.process().jobs);
      await rig.told('job.completed', i + 1);
      await working.close();
    }
    expect(rig.records('job.retrying')).toHaveLength(thrown.length);
    expect(rig.records('job.revived')).toEqual([]);
  });

  test('close() - resolves when everything that ran has been told', async () => {
    const queue = rig.queue();
    const go = gate();
    const worker = rig.worker(() => go.opened, { name: 'postman' });
    await queue.add('welcome', SECRET);
    await rig.told('job.started');
    const closed = worker.close();
    go.open();
    await closed;
    expect(rig.story()).toEqual(['job.queued', 'job.started', 'job.completed']);
    expect(rig.records('worker.started')).toMatchObject([{ 'worker.id': 'postman' }]);
    expect(rig.records('worker.stopped')).toMatchObject([{ 'worker.id': 'postman', 'worker.jobs': 1 }]);
  });

  test('worker.id - host, process and number of a worker without a name: one for all that is told of it', async () => {
    const queue = rig.queue();
    const worker = rig.worker(async () => undefined);
    await queue.add('welcome', SECRET);
    await rig.told('job.completed');
    await worker.close();
    const names = ['worker.started', 'job.started', 'job.completed', 'worker.stopped'];
    const ids = new Set(names.flatMap((name) => rig.records(name)).map((record) => record['worker.id']));
    const [id, ...others] = [...ids, ...rig.attempts().map(({ attributes }) => attributes['worker.id'])];
    expect(
      String(id).startsWith(`${hostname()}-${process.pid}`) && /-\d+$/.test(String(id)),
      String(id),
    ).toBe(true);
    expect(new Set(others)).toEqual(new Set([id]));
  });

  test('worker.count - slots by what they do, by concurrency', async () => {
    const queue = rig.queue();
    const go = gate();
    rig.worker(() => go.opened, { concurrency: 3 });
    await queue.add('welcome', SECRET);
    await rig.told('job.started');
    const points = await rig.otel.points('worker.count');
    const byState = Object.fromEntries(points.map(({ labels, value }) => [labels['worker.state'], value]));
    expect(byState).toEqual({ busy: 1, idle: 2 });
    expect((await rig.otel.points('job.active'))[0]?.value).toBe(1);
    go.open();
    await rig.told('job.completed');
  });

  test('jobs that a handler adds hang on its attempt', async () => {
    const queue = rig.queue();
    rig.worker(async (job) => {
      if (job.name === 'welcome') await queue.add('more', SECRET);
    });
    await queue.add('welcome', SECRET);
    await rig.told('job.completed', 2);
    const [outer, inner] = rig.attempts();
    expect(rig.enqueues()[1]?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId);
    expect(inner?.name).toBe(`process ${rig.name}`);
    await until(() => rig.enqueues().length === 2);
  });
});
