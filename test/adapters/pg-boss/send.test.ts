import { randomUUID } from 'node:crypto';
import { context, trace } from '@opentelemetry/api';
import type { Queue } from 'pg-boss';
import { fromPglite } from 'pg-boss';
import { describe, expect, test } from 'vitest';
import { QUICK, until, useRig } from './rig.js';

const rig = useRig();

async function newQueue(options: Partial<Queue> = {}): Promise<string> {
  const name = `q-${randomUUID()}`;
  await rig.boss.createQueue(name, options);
  return name;
}

async function inSpan<T>(fn: () => Promise<T>): Promise<{ readonly value: T; readonly traceId: string }> {
  const span = rig.otel.tracerProvider.getTracer('app').startSpan('request');
  const value = await context.with(trace.setSpan(context.active(), span), fn);
  span.end();
  return { value, traceId: span.spanContext().traceId };
}

describe('send()', () => {
  test('send() - an accepted job is JOB_QUEUED with its id, priority and delay, in the trace of its sender', async () => {
    const queue = await newQueue();
    const { value: id, traceId } = await inSpan(() =>
      rig.boss.send({
        name: queue,
        data: { to: 'ada' },
        options: { priority: 7, startAfter: 60, retryLimit: 4 },
      }),
    );
    const [span] = rig.spans(queue, 'enqueue');
    expect(span?.spanContext().traceId).toBe(traceId);
    expect(span?.attributes).toMatchObject({
      'job.id': id,
      'messaging.message.id': id,
      'job.priority': 7,
      'job.max_attempts': 5,
      'messaging.operation.type': 'send',
    });
    expect(span?.events.map(({ name }) => name)).toEqual(['job.queued']);
    const [queued] = rig.records(queue, 'job.queued');
    expect(queued?.attributes).toMatchObject({ 'job.id': id, 'job.priority': 7 });
    expect(queued?.attributes['job.delay']).toBeCloseTo(60, 0);
    expect((await rig.row(queue, id ?? '')).data).toEqual({ to: 'ada' });
  });

  test('send() - a job that is there already is JOB_DUPLICATE: by id, by singleton, by policy', async () => {
    const queue = await newQueue({ policy: 'short' });
    const id = randomUUID();
    expect(await rig.boss.send(queue, {}, { id })).toBe(id);
    expect(await rig.boss.send(queue, {}, { id })).toBeNull();
    expect(await rig.boss.send(queue, {})).toBeNull();
    const throttled = await newQueue();
    expect(await rig.boss.sendThrottled(throttled, {}, null, 60)).not.toBeNull();
    expect(await rig.boss.sendThrottled(throttled, {}, null, 60)).toBeNull();
    expect(rig.story(queue)).toEqual(['job.queued', 'job.duplicate', 'job.duplicate']);
    expect(rig.story(throttled)).toEqual(['job.queued', 'job.duplicate']);
    expect(rig.records(queue, 'job.duplicate')[0]?.attributes['job.id']).toBe(id);
  });

  test('send() - a queue that does not exist rejects with the same error, and the span says which', async () => {
    const queue = `none-${randomUUID()}`;
    await expect(rig.boss.send(queue, {})).rejects.toThrow(`Queue ${queue} does not exist`);
    expect(rig.story(queue)).toEqual(['job.rejected']);
    const [span] = rig.spans(queue, 'enqueue');
    expect(span?.attributes).toMatchObject({
      'error.type': 'PGBOSS_QUEUE_NOT_FOUND',
      'job.reject.reason': 'error',
    });
    expect(span?.status.code).toBe(2);
  });

  test('send() - options that pg-boss does not take are rejected as invalid', async () => {
    const queue = await newQueue();
    await expect(rig.boss.send(queue, {}, { retryLimit: -1 })).rejects.toThrow();
    expect(rig.records(queue, 'job.rejected')[0]?.attributes['job.reject.reason']).toBe('invalid');
  });

  test('send() - a database adapter that puts the statement and its values into errors gets neither into telemetry', async () => {
    const queue = await newQueue();
    const db = fromPglite(rig.pglite);
    const wordy: typeof db = {
      ...db,
      executeSql: (text, values) =>
        db.executeSql(text, values).catch(() => {
          throw new Error(`Failed query: ${text} params: ${JSON.stringify(values)}`);
        }),
    };
    const boss = rig.observed({ db: wordy });
    await boss.start();
    await expect(boss.send(queue, { to: 'secret-payload \u0000' })).rejects.toThrow('secret-payload');
    await expect(boss.insert(queue, [{ data: { to: 'secret-payload \u0000' } }])).rejects.toThrow(
      'Failed query',
    );
    await boss.work(queue, QUICK, async () => ({ to: 'secret-payload \u0000' }));
    await boss.send(queue, {}, { retryLimit: 0 });
    await until('failure', () => rig.records(queue, 'job.failed')[0]);
    await boss.offWork(queue);
    const told = [...rig.spans(queue, 'enqueue'), ...rig.spans(queue, 'process')].map((span) => [
      span.status,
      span.attributes,
      span.events,
    ]);
    const all = JSON.stringify([told, rig.records(queue).map(({ attributes, body }) => [attributes, body])]);
    expect(rig.spans(queue, 'enqueue').map(({ status }) => status.code)).toEqual([2, 2, 0]);
    expect(all).not.toMatch(/secret-payload|insert into|Failed query/i);
  });

  test('sendAfter() and sendDebounced() - a delay is told where pg-boss tells it', async () => {
    const queue = await newQueue();
    await rig.boss.sendAfter(queue, {}, null, new Date(Date.now() + 30_000));
    await rig.boss.sendDebounced(queue, {}, null, 60);
    const [after, debounced] = rig.records(queue, 'job.queued');
    expect(after?.attributes['job.delay']).toBeCloseTo(30, 0);
    expect(debounced?.attributes).not.toHaveProperty('job.delay');
  });

  test('upsert() - what it inserts is queued, what it edits was there', async () => {
    const queue = await newQueue();
    const first = await rig.boss.upsert(queue, { n: 1 }, { singletonKey: 'a' });
    const second = await rig.boss.upsert(queue, { n: 2 }, { singletonKey: 'a' });
    expect([first.inserted, second.updated]).toEqual([1, 1]);
    expect(rig.story(queue)).toEqual(['job.queued', 'job.duplicate']);
  });

  test('insert() - many jobs have one span, and each its JOB_QUEUED; what was there already is a duplicate', async () => {
    const queue = await newQueue();
    const there = randomUUID();
    await rig.boss.send(queue, {}, { id: there });
    const result = await rig.boss.insert(queue, [{ data: { n: 1 } }, { id: there }, { data: { n: 3 } }]);
    expect(result).toBeNull();
    await rig.told();
    const [, span] = rig.spans(queue, 'enqueue');
    expect(span?.attributes['messaging.batch.message_count']).toBe(3);
    expect(span?.attributes).not.toHaveProperty('job.id');
    expect(span?.events.map(({ name }) => name).sort()).toEqual([
      'job.duplicate',
      'job.queued',
      'job.queued',
    ]);
    const ids = rig.records(queue, 'job.queued').map(({ attributes }) => attributes['job.id']);
    expect(new Set(ids).size).toBe(3);
    expect((await rig.boss.findJobs(queue)).map(({ id }) => id).sort()).toEqual(ids.sort());
    const mine = (await rig.boss.insert(queue, [{}], { returnId: true })) ?? [];
    expect(mine).toHaveLength(1);
    await rig.told();
    expect(rig.spans(queue, 'enqueue')[2]?.attributes['job.id']).toBe(mine[0]);
  });

  test('insert() - its jobs carry the context of its span', async () => {
    const queue = await newQueue();
    await rig.boss.insert(queue, [{}, {}]);
    await rig.boss.work(queue, { ...QUICK, batchSize: 1, localConcurrency: 2 }, async () => undefined);
    await until('both', () => rig.records(queue, 'job.completed')[1]);
    await rig.boss.offWork(queue);
    const [span] = rig.spans(queue, 'enqueue');
    for (const attempt of rig.spans(queue, 'process'))
      expect(attempt.parentSpanContext?.spanId).toBe(span?.spanContext().spanId);
  });

  test('flow() - each job is queued in its own queue, all in one span', async () => {
    const [parent, child] = [await newQueue(), await newQueue()];
    const ids = await rig.boss.flow([
      { ref: 'a', name: parent, data: {} },
      { ref: 'b', name: child, data: {}, dependsOn: ['a'] },
    ]);
    expect(rig.records(parent, 'job.queued')[0]?.attributes['job.id']).toBe(ids.a);
    expect(rig.records(child, 'job.queued')[0]?.attributes['job.id']).toBe(ids.b);
    const [span] = rig.spans(parent, 'enqueue');
    expect(rig.spans(child, 'enqueue')).toEqual([]);
    expect(span?.events).toHaveLength(2);
    expect(rig.records(child, 'job.queued')[0]?.spanContext?.spanId).toBe(span?.spanContext().spanId);
  });

  test('publish() - each send that it makes is seen, in the trace of the publisher', async () => {
    const [one, two] = [await newQueue(), await newQueue()];
    const event = `event-${one}`;
    await rig.boss.subscribe(event, one);
    await rig.boss.subscribe(event, two);
    const { traceId } = await inSpan(() => rig.boss.publish(event, { n: 1 }));
    for (const queue of [one, two]) {
      const [job] = await rig.boss.findJobs(queue);
      expect(rig.spans(queue, 'enqueue')[0]?.spanContext().traceId).toBe(traceId);
      expect(rig.records(queue, 'job.queued')[0]?.attributes['job.id']).toBe(job?.id);
    }
  });

  test('send() - from a handler it is a child of the attempt', async () => {
    const [outer, inner] = [await newQueue(), await newQueue()];
    await rig.boss.work(outer, QUICK, async () => rig.boss.send(inner, {}));
    await rig.boss.send(outer, {});
    await until('completion', () => rig.records(outer, 'job.completed')[0]);
    await rig.boss.offWork(outer);
    expect(rig.spans(inner, 'enqueue')[0]?.parentSpanContext?.spanId).toBe(
      rig.spans(outer, 'process')[0]?.spanContext().spanId,
    );
  });

  test('boss() - only spans and metrics of ours are there, and nothing of them has the data', async () => {
    const queue = await newQueue();
    await rig.boss.work(queue, QUICK, async () => ({ secret: 'output-swordfish' }));
    await rig.boss.send(queue, { secret: 'payload-swordfish' });
    await until('completion', () => rig.records(queue, 'job.completed')[0]);
    await rig.boss.offWork(queue);
    const scopes = new Set(rig.otel.spans().map((span) => span.instrumentationScope.name));
    expect([...scopes].sort()).toEqual(['app', 'signalbox']);
    expect([...(await rig.otel.metrics()).keys()].filter((name) => /pgboss|client/.test(name))).toEqual([]);
    const all = JSON.stringify([
      rig.otel.spans().map(({ name, attributes, events, status }) => ({ name, attributes, events, status })),
      rig.otel.logs().map(({ body, attributes }) => ({ body, attributes })),
    ]);
    expect(all).not.toMatch(/swordfish|SELECT|INSERT/);
  });
});
