import type { Queue } from 'bullmq';
import { Job } from 'bullmq';
import { describe, expect, test, vi } from 'vitest';
import { gate, Rig, SECRET, until } from './rig.js';

const rig = new Rig();
const PRODUCER = 3;
const ERROR = 2;

describe('queue()', () => {
  test('add() - a PRODUCER span, called by the type, and JOB_QUEUED on it', async () => {
    const job = await rig.queue().add('welcome', SECRET, { attempts: 3, priority: 2 });
    const [span, ...more] = rig.enqueues();
    expect(more).toEqual([]);
    expect(span).toMatchObject({
      name: 'enqueue welcome',
      kind: PRODUCER,
      attributes: {
        'messaging.system.name': 'bullmq',
        'messaging.destination.name': rig.name,
        'messaging.operation.type': 'send',
        'messaging.message.id': job.id,
        'job.id': job.id,
        'job.type': 'welcome',
        'job.priority': 2,
        'job.max_attempts': 3,
      },
    });
    expect(span?.events.map(({ name }) => name)).toEqual(['job.queued']);
    expect(await rig.otel.points('job.enqueued')).toMatchObject([
      { value: 1, labels: { 'job.type': 'welcome', 'messaging.system.name': 'bullmq' } },
    ]);
  });

  test('add() - the context travels in opts.telemetry.metadata, and neither data nor other options change', async () => {
    const queue = rig.queue();
    const { id } = await queue.add('welcome', SECRET, { delay: 60_000 });
    const stored = (await queue.getJob(id ?? '')) as Job;
    expect(stored.data).toEqual(SECRET);
    expect(JSON.parse(stored.opts.telemetry?.metadata ?? '')).toMatchObject({
      traceparent: expect.stringContaining(rig.enqueues()[0]?.spanContext().spanId ?? 'none'),
    });
    expect(rig.records('job.queued')[0]?.['job.delay']).toBeCloseTo(60, 1);
  });

  test('add() - where the job asks to be left alone, it carries nothing', async () => {
    const queue = rig.queue();
    const { id } = await queue.add('welcome', SECRET, { telemetry: { omitContext: true } });
    expect((await queue.getJob(id ?? ''))?.opts.telemetry).toEqual({ omitContext: true });
    expect(rig.records('job.queued')).toHaveLength(1);
  });

  test("add() - an app's own metadata stays", async () => {
    const queue = rig.queue();
    const { id } = await queue.add('welcome', SECRET, { telemetry: { metadata: 'mine' } });
    expect((await queue.getJob(id ?? ''))?.opts.telemetry).toEqual({ metadata: 'mine' });
  });

  test('add() - options of one job used for another give that one a context of its own', async () => {
    const queue = rig.queue();
    const first = await queue.add('welcome', SECRET);
    const { id } = await queue.add('welcome', SECRET, { telemetry: first.opts.telemetry ?? {} });
    const metadata = (await queue.getJob(id ?? ''))?.opts.telemetry?.metadata;
    expect(metadata).toContain(rig.enqueues()[1]?.spanContext().spanId);
  });

  test('add() - an id that is there already is told as a duplicate', async () => {
    const queue = rig.queue();
    for (let i = 0; i < 3; i++) await queue.add('welcome', SECRET, { jobId: 'one' });
    await rig.settled();
    expect(rig.story()).toEqual(['job.queued', 'job.duplicate', 'job.duplicate']);
    expect(await queue.getWaitingCount()).toBe(1);
    expect(rig.enqueues().map(({ status }) => status.code)).toEqual([0, 0, 0]);
    expect((await rig.otel.points('job.enqueued'))[0]?.value).toBe(1);
  });

  test('add() - what is deduplicated is told as a duplicate of the job that stands', async () => {
    const queue = rig.queue();
    const first = await queue.add('welcome', SECRET, { deduplication: { id: 'same' } });
    await queue.add('welcome', SECRET, { deduplication: { id: 'same' } });
    await rig.settled();
    expect(rig.story()).toEqual(['job.queued', 'job.duplicate']);
    expect(rig.records('job.duplicate')[0]?.['job.id']).toBe(first.id);
  });

  test('add() - a job that waits for its time and is replaced by its deduplication id is told as removed', async () => {
    const queue = rig.queue();
    const opts = { delay: 60_000, deduplication: { id: 'same', replace: true } };
    const ids: unknown[] = [];
    for (let i = 0; i < 3; i++) ids.push((await queue.add('welcome', SECRET, opts)).id);
    await rig.settled();
    expect(rig.records('job.queued').map((record) => record['job.id'])).toEqual(ids);
    const removed = rig.records('job.abandoned');
    expect(removed.map((record) => [record['job.id'], record['job.abandon.reason']])).toEqual([
      [ids[0], 'removed'],
      [ids[1], 'removed'],
    ]);
    expect(await queue.getDelayedCount()).toBe(1);
    expect(rig.otel.logs('job.abandoned').map(({ spanContext }) => spanContext?.traceId)).toEqual(
      rig.enqueues().flatMap((span, i) => (i < 2 ? [span.spanContext().traceId] : [])),
    );
  });

  test('addBulk() - of jobs that replace each other all but the last are told as removed', async () => {
    const queue = rig.queue();
    const opts = { delay: 60_000, deduplication: { id: 'same', replace: true } };
    const first = await queue.add('welcome', SECRET, opts);
    const added = await queue.addBulk([
      { name: 'welcome', data: SECRET, opts },
      { name: 'other', data: SECRET },
      { name: 'welcome', data: SECRET, opts },
    ]);
    await rig.settled();
    expect(rig.records('job.abandoned').map((record) => record['job.id'])).toEqual([first.id, added[0]?.id]);
    expect(await queue.getDelayedCount()).toBe(1);
  });

  test('add() - an id that is there already replaces nothing, whatever its deduplication id says', async () => {
    const queue = rig.queue();
    await queue.add('welcome', SECRET, { jobId: 'there' });
    const deduplication = { id: 'same', replace: true };
    await queue.add('welcome', SECRET, { delay: 60_000, deduplication });
    await queue.add('welcome', SECRET, { jobId: 'there', deduplication });
    await rig.settled();
    expect(rig.story()).toEqual(['job.queued', 'job.queued', 'job.duplicate']);
    expect(await queue.getDelayedCount()).toBe(1);
  });

  test('add() - a job that waits for a worker is replaced by none', async () => {
    const queue = rig.queue();
    const deduplication = { id: 'same', replace: true };
    for (let i = 0; i < 2; i++) await queue.add('welcome', SECRET, { deduplication });
    await rig.settled();
    expect(rig.story()).toEqual(['job.queued', 'job.duplicate']);
  });

  test('add() - what would replace a job that has ended and is kept by its id tells it no second time', async () => {
    const queue = rig.queue();
    const opts = { removeOnComplete: true, deduplication: { id: 'same', replace: true, ttl: 60_000 } };
    await queue.add('welcome', SECRET, opts);
    const worker = rig.worker(async () => undefined);
    await rig.told('job.completed');
    await worker.close();
    await queue.add('welcome', SECRET, opts);
    await rig.settled();
    expect(rig.records('job.abandoned')).toEqual([]);
  });

  test("add() - a duplicate is found too where the app's own metadata is the same each time", async () => {
    const queue = rig.queue();
    const opts = { jobId: 'one', telemetry: { metadata: 'mine' } };
    await queue.add('welcome', SECRET, opts);
    await until(() => Date.now() > (rig.otel.logs()[0]?.hrTime[0] ?? 0) * 1000 + 1, 'the clock goes on');
    const { timestamp } = await queue.add('welcome', SECRET, opts);
    const stored = await queue.getJob('one');
    expect(stored?.timestamp).not.toBe(timestamp);
    await rig.settled();
    expect(rig.story()).toEqual(['job.queued', 'job.duplicate']);
  });

  test('add() - an ordinary job costs BullMQ no further command; one with an id is looked for before, and read after', async () => {
    const queue = rig.queue();
    const asked = await commandsOf(queue);
    await queue.add('welcome', SECRET);
    await rig.settled();
    expect(asked()).toEqual([]);
    await queue.add('welcome', SECRET, { jobId: 'one' });
    await rig.settled();
    expect(asked()).toEqual(['hexists', 'hgetall']);
  });

  test('addBulk() - a job that BullMQ refuses without a word is told as rejected, the others as queued', async () => {
    const queue = rig.queue();
    const parent = { id: 'gone', queue: queue.qualifiedName };
    await queue.addBulk([
      { name: 'welcome', data: SECRET },
      { name: 'welcome', data: SECRET, opts: { parent } },
    ]);
    expect(await queue.getWaitingCount()).toBe(1);
    expect(rig.story().sort()).toEqual(['job.queued', 'job.rejected']);
    expect(rig.records('job.rejected')[0]).toMatchObject({ 'job.reject.reason': 'invalid' });
  });

  test('addBulk() - one call, one span for each job, each with its own context', async () => {
    const queue = rig.queue();
    const jobs = await queue.addBulk([
      { name: 'welcome', data: SECRET },
      { name: 'other', data: SECRET, opts: { jobId: 'mine' } },
      { name: 'welcome', data: SECRET, opts: { jobId: 'mine' } },
    ]);
    await rig.settled();
    expect(rig.enqueues()).toHaveLength(3);
    expect(rig.story().sort()).toEqual(['job.duplicate', 'job.queued', 'job.queued']);
    const stored = await Promise.all(jobs.map(({ id }) => queue.getJob(id ?? '')));
    const contexts = new Set(stored.map((job) => job?.opts.telemetry?.metadata));
    expect(contexts.size).toBe(2);
  });

  test('addBulk() - where one of them can not be, none is there, and each is told as rejected', async () => {
    const queue = rig.queue();
    const bulk = [
      { name: 'welcome', data: SECRET },
      { name: 'welcome', data: SECRET, opts: { priority: 0.5 } },
    ];
    await expect(queue.addBulk(bulk)).rejects.toThrow(/Priority should not be float/);
    expect(await queue.count()).toBe(0);
    expect(rig.records('job.rejected').map((record) => record['job.reject.reason'])).toEqual([
      'invalid',
      'invalid',
    ]);
  });

  test('add() - what BullMQ throws reaches the app as it was, and its text is in no telemetry', async () => {
    const queue = rig.queue();
    const circular: Record<string, unknown> = { card: '4111' };
    circular.self = circular;
    const plain = rig.rawQueue();
    const thrown = await plain.add('welcome', circular as never).catch((error: unknown) => error);
    await expect(queue.add('welcome', circular as never)).rejects.toThrow((thrown as Error).message);
    expect(rig.enqueues()[0]?.status.code).toBe(ERROR);
    expect(rig.enqueues()[0]?.attributes['error.type']).toBe('invalid');
    expect(await rig.everything()).not.toContain((thrown as Error).message);
  });

  test('add() - a store that is down is no fault of the job', async () => {
    const queue = rig.queue({ connection: { ...rig.connection, enableOfflineQueue: false } });
    await queue.waitUntilReady();
    await queue.disconnect();
    await expect(queue.add('welcome', SECRET)).rejects.toThrow();
    expect(rig.records('job.rejected')).toMatchObject([{ 'job.reject.reason': 'error' }]);
    expect(rig.enqueues()[0]?.status).toMatchObject({ code: ERROR });
  });

  test('remove() - a job that had not ended is abandoned, once, on the trace of its enqueue', async () => {
    const queue = rig.queue();
    const { id } = await queue.add('welcome', SECRET);
    expect(await queue.remove(id ?? '')).toBe(1);
    expect(await queue.remove(id ?? '')).toBe(1);
    await rig.settled();
    const [record, ...more] = rig.otel.logs('job.abandoned');
    expect(more).toEqual([]);
    expect(record?.attributes).toMatchObject({
      'job.id': id,
      'job.abandon.reason': 'removed',
      'job.attempts': 0,
    });
    expect(record?.severityText).toBe('INFO');
    expect(record?.spanContext?.traceId).toBe(rig.enqueues()[0]?.spanContext().traceId);
  });

  test.each(['parent', 'link'] as const)(
    'remove() - by a process that did not add it: a settle span tells it, tied to the enqueue (%s)',
    async (relation) => {
      const { id } = await rig.queue().add('welcome', SECRET);
      const other = rig.process({ types: ['welcome'], relation });
      await rig.queue({}, other.jobs).remove(id ?? '');
      await other.box.forceFlush();
      const [enqueue] = rig.enqueues();
      const [settled, ...more] = rig.otel.spans('settle welcome');
      expect(more).toEqual([]);
      expect(settled?.attributes).toMatchObject({
        'messaging.operation.type': 'settle',
        'job.id': id,
        'job.outcome': 'abandoned',
        'job.abandon.reason': 'removed',
      });
      expect(settled?.status.code).toBe(0);
      const parent = settled?.parentSpanContext?.spanId;
      const links = settled?.links.map(({ context }) => context.spanId);
      const spanId = enqueue?.spanContext().spanId;
      expect([parent, links]).toEqual(relation === 'parent' ? [spanId, []] : [undefined, [spanId]]);
      const [record] = rig.otel.logs('job.abandoned');
      expect(record?.spanContext?.spanId).toBe(settled?.spanContext().spanId);
    },
  );

  test('removeJobScheduler() - the end of its next tick is a trace of its own, linked to who made it', async () => {
    const queue = rig.queue();
    await queue.add('other', SECRET);
    const [traceId, spanId] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];
    const metadata = JSON.stringify({ traceparent: `00-${traceId}-${spanId}-01` });
    await queue.upsertJobScheduler(
      'ticks',
      { every: 3_600_000, startDate: Date.now() + 60_000 },
      { name: 'welcome', data: SECRET, opts: { telemetry: { metadata } } },
    );
    await queue.removeJobScheduler('ticks');
    await rig.settled();
    const [end, ...more] = rig.otel.spans('settle welcome');
    expect(more).toEqual([]);
    expect(end?.parentSpanContext).toBeUndefined();
    expect(end?.spanContext().traceId).not.toBe(traceId);
    expect(end?.links.map(({ context }) => context.spanId)).toEqual([spanId]);
  });

  test('remove() - a job that had ended has no second end', async () => {
    const queue = rig.queue();
    rig.worker(async () => undefined);
    const { id } = await queue.add('welcome', SECRET);
    await rig.told('job.completed');
    expect(await queue.remove(id ?? '')).toBe(1);
    await rig.settled();
    expect(rig.records('job.abandoned')).toEqual([]);
  });

  test('job.remove() - is told for each job that the queue gave, by its state when it is removed', async () => {
    const queue = rig.queue();
    const added = await queue.add('welcome', SECRET, { delay: 60_000 });
    await (await queue.getJob(added.id ?? ''))?.remove();
    const [bulk] = await queue.addBulk([{ name: 'welcome', data: SECRET }]);
    await (await queue.getWaiting())[0]?.remove();
    await rig.settled();
    expect(rig.records('job.abandoned')).toMatchObject([
      { 'job.id': added.id, 'job.abandon.reason': 'removed', 'job.type': 'welcome' },
      { 'job.id': bulk?.id, 'job.abandon.reason': 'removed' },
    ]);
    rig.worker(async () => undefined);
    const done = await queue.add('welcome', SECRET);
    await rig.told('job.completed');
    // Fetched while it waited, as far as it knows.
    expect(done.finishedOn).toBeUndefined();
    await done.remove();
    expect(await queue.getJob(done.id ?? '')).toBeUndefined();
    await rig.settled();
    expect(rig.records('job.abandoned')).toHaveLength(2);
  });

  test('job.remove() - what BullMQ refuses is no end', async () => {
    const queue = rig.queue();
    const go = gate();
    rig.worker(() => go.opened);
    const job = await queue.add('welcome', SECRET);
    await rig.told('job.started');
    await expect(job.remove()).rejects.toThrow(/locked/);
    await rig.settled();
    expect(rig.records('job.abandoned')).toEqual([]);
    go.open();
    await rig.told('job.completed');
  });

  test('jobs that the queue gives are Jobs', async () => {
    const queue = rig.queue();
    const job = await queue.add('welcome', SECRET);
    expect(job).toBeInstanceOf(Job);
    expect(JSON.parse(JSON.stringify(job))).toMatchObject({ id: job.id, name: 'welcome', data: SECRET });
    expect(await job.getState()).toBe('waiting');
    expect({ ...job }.name).toBe('welcome');
  });

  test('clean() - jobs that wait are abandoned; jobs that have ended are not', async () => {
    const queue = rig.queue();
    const { id } = await queue.add('welcome', SECRET);
    await until(async () => (await queue.clean(0, 10, 'wait')).includes(id ?? ''), 'it is cleaned');
    await rig.settled();
    expect(rig.records('job.abandoned')).toMatchObject([{ 'job.id': id, 'job.abandon.reason': 'removed' }]);
    rig.worker(async () => undefined);
    const ended = await queue.add('welcome', SECRET);
    await rig.told('job.completed');
    await until(
      async () => (await queue.clean(0, 10, 'completed')).includes(ended.id ?? ''),
      'it is cleaned',
    );
    await rig.settled();
    expect(rig.records('job.abandoned')).toHaveLength(1);
  });

  test('everything else of a queue is its own, and what it returns to chain is still observed', async () => {
    const queue = rig.queue();
    expect(queue.name).toBe(rig.name);
    expect(queue.on('error', () => undefined)).toBe(queue);
    expect(rig.jobs.queue(queue)).toBe(queue);
    await queue.pause();
    expect(await queue.isPaused()).toBe(true);
  });
});

/** What is asked of Redis besides BullMQ's own scripts. */
async function commandsOf(queue: Queue): Promise<() => string[]> {
  const client = (await queue.getBackend().client) as unknown as {
    sendCommand(c: { name: string }): unknown;
  };
  // What a new queue writes of itself is behind us.
  await queue.getVersion();
  const send = vi.spyOn(client, 'sendCommand');
  return () => {
    const names = send.mock.calls.map(([{ name }]) => name);
    return names.filter((name) => !name.startsWith('evalsha') && !name.startsWith('eval'));
  };
}
