import { hostname } from 'node:os';
import { trace } from '@opentelemetry/api';
import { describe, expect, test } from 'vitest';
import { QUICK, until, useRig } from './rig.js';

const rig = useRig();

describe('offWork()', () => {
  test('offWork() - that does not wait stops what ran, and not what is started meanwhile', async () => {
    const queue = await rig.newQueue();
    await rig.boss.work(queue, QUICK, async () => undefined);
    const stop = rig.boss.offWork(queue, { wait: false });
    const start = rig.boss.work(queue, QUICK, async () => undefined);
    await Promise.all([stop, start]);
    const [old, id] = rig.records(queue, 'worker.started').map(({ attributes }) => attributes['worker.id']);
    await until('stop', () => rig.records(queue, 'worker.stopped')[0]);
    await rig.boss.send(queue, {});
    await until('completion', () => rig.records(queue, 'job.completed')[0]);
    expect(rig.records(queue, 'job.completed')[0]?.attributes['worker.id']).toBe(id);
    expect(rig.records(queue, 'worker.stopped').map(({ attributes }) => attributes['worker.id'])).toEqual([
      old,
    ]);
    await rig.boss.offWork(queue);
    expect(rig.records(queue, 'worker.stopped')).toHaveLength(2);
  });

  test('offWork() - of one id alone does not wait, as with pg-boss: its worker has stopped when it has drained', async () => {
    const queue = await rig.newQueue();
    let finish: (() => void) | undefined;
    const id = await rig.boss.work(queue, QUICK, () => new Promise<void>((resolve) => (finish = resolve)));
    await rig.boss.send(queue, {});
    await until('start', () => finish);
    await rig.boss.offWork(queue, { id });
    expect(rig.records(queue, 'worker.stopped')).toEqual([]);
    finish?.();
    await until('stop', () => rig.records(queue, 'worker.stopped')[0]);
    const names = rig.records(queue).map(({ eventName }) => eventName);
    expect(names.indexOf('job.completed')).toBeLessThan(names.indexOf('worker.stopped'));
  });
});

describe('worker.id', () => {
  test('worker.id - host, process and number: the same for a worker in all that is told, another for the next one', async () => {
    const queue = await rig.newQueue();
    const ids = [await rig.boss.work(queue, QUICK, async () => undefined)];
    ids.push(await rig.boss.work(queue, QUICK, async () => undefined));
    await rig.boss.send(queue, {});
    await until('completion', () => rig.records(queue, 'job.completed')[0]);
    await rig.boss.offWork(queue);
    const [started, stopped] = ['worker.started', 'worker.stopped'].map((name) =>
      rig.records(queue, name).map(({ attributes }) => String(attributes['worker.id'])),
    );
    expect(started).toHaveLength(2);
    expect(new Set(started).size).toBe(2);
    for (const id of started ?? [])
      expect(id.startsWith(`${hostname()}-${process.pid}`) && /-\d+$/.test(id), id).toBe(true);
    expect(stopped).toEqual(started);
    const [attempt] = rig.spans(queue, 'process');
    expect(started).toContain(attempt?.attributes['worker.id']);
    for (const name of ['job.started', 'job.completed'])
      expect(rig.records(queue, name)[0]?.attributes['worker.id']).toBe(attempt?.attributes['worker.id']);
    const told = JSON.stringify(rig.records(queue).map(({ attributes }) => attributes));
    for (const id of ids) expect(told).not.toContain(id);
  });
});

describe('handlers', () => {
  test.each([1, 2])(
    'work() - a query that starts only when it is awaited runs within the attempt (batch of %i)',
    async (batchSize) => {
      const queue = await rig.newQueue();
      const tracer = trace.getTracer('db');
      const lazy = {
        // biome-ignore lint/suspicious/noThenProperty: it is what ORMs give for a query
        then: (done: (value: unknown) => void, failed: (error: unknown) => void) => {
          const span = tracer.startSpan(`SELECT ${queue}`);
          return new Promise((resolve) => setTimeout(resolve, 100))
            .then(() => span.end())
            .then(() => ({ rows: 1 }))
            .then(done, failed);
        },
      };
      await rig.boss.insert(
        queue,
        Array.from({ length: batchSize }, () => ({})),
      );
      await rig.boss.work(
        queue,
        { ...QUICK, batchSize },
        () => lazy as PromiseLike<unknown> as Promise<unknown>,
      );
      await until('completion', () => rig.records(queue, 'job.completed')[batchSize - 1]);
      await rig.boss.offWork(queue);
      const [attempt] = rig.spans(queue, 'process');
      const [query, ...more] = rig.otel.spans(`SELECT ${queue}`);
      expect(more).toEqual([]);
      expect(query?.parentSpanContext?.spanId).toBe(attempt?.spanContext().spanId);
      expect(millis(attempt?.duration)).toBeGreaterThanOrEqual(millis(query?.duration));
      for (const { attributes } of rig.records(queue, 'job.completed'))
        expect(attributes['job.duration']).toBeGreaterThan(0.09);
    },
  );
});

function millis([seconds, nanos]: readonly [number, number] = [0, 0]): number {
  return seconds * 1000 + nanos / 1e6;
}
