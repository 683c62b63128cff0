import { trace } from '@opentelemetry/api';
import * as pgBoss from 'pg-boss';
import { fromPglite } from 'pg-boss';
import { within } from 'signalbox/pg-boss';
import { describe, expect, test } from 'vitest';
import { observePrototype } from '../../../src/adapters/common/observed-prototype.js';
import { connect } from '../../../src/adapters/pg-boss/connect.js';
import type { Boss } from '../../../src/adapters/pg-boss/engine.js';
import { BOSS_METHODS } from '../../../src/adapters/pg-boss/observed-methods.js';
import { QUICK, until, useRig } from './rig.js';

const rig = useRig();

const activeSpan = (): string | undefined => trace.getActiveSpan()?.spanContext().spanId;

describe('within()', () => {
  test.each([{}, { includeMetadata: true }])(
    'within() - what the app does for a job that it has just fetched is in its attempt (%j)',
    async (options) => {
      const queue = await rig.newQueue();
      await rig.boss.send(queue, {});
      const [job] = await rig.boss.fetch(queue, options);
      if (!job) throw new Error('there is none');
      const inside = await within(job, async () => {
        await Promise.resolve();
        return activeSpan();
      });
      expect(await rig.jobs.within({ id: job.id }, activeSpan)).toBe(inside);
      await rig.boss.complete(queue, job.id);
      await rig.told();
      expect(rig.spans(queue, 'process').map((span) => span.spanContext().spanId)).toEqual([inside]);
      expect(await within(job, activeSpan)).toBeUndefined();
    },
  );

  test('within() - its end is not that of the attempt, which counts as running until it is settled', async () => {
    const queue = await rig.newQueue();
    await rig.boss.send(queue, {});
    const [job] = await rig.boss.fetch(queue);
    if (!job) throw new Error('there is none');
    await within(job, activeSpan);
    const endedAt = performance.now();
    expect(await active(queue)).toEqual([1]);
    await until('time passes', () => performance.now() - endedAt > 10);
    await rig.boss.complete(queue, job.id);
    await rig.told();
    expect(Number(rig.records(queue, 'job.completed')[0]?.attributes['job.duration'])).toBeGreaterThan(0.01);
    expect(await active(queue)).toEqual([0]);
  });

  test('within() - of several jobs each is in its own attempt', async () => {
    const queue = await rig.newQueue();
    await rig.boss.insert(queue, [{}, {}, {}]);
    const jobs = await rig.boss.fetch(queue, { batchSize: 3 });
    const inside = await Promise.all(jobs.map((job) => within(job, activeSpan)));
    await rig.boss.complete(
      queue,
      jobs.map(({ id }) => id),
    );
    await rig.told();
    expect(new Set(inside).size).toBe(3);
    const spans = rig.spans(queue, 'process');
    for (const [i, job] of jobs.entries()) {
      const span = spans.find(({ attributes }) => attributes['job.id'] === job.id);
      expect(span?.spanContext().spanId).toBe(inside[i]);
    }
  });

  test('within() - returns what the function returns, and throws what it throws, with an attempt and without', async () => {
    const queue = await rig.newQueue();
    await rig.boss.send(queue, {});
    const [job] = await rig.boss.fetch(queue);
    if (!job) throw new Error('there is none');
    for (const one of [job, { id: 'none' }]) {
      expect(await within(one, () => 7)).toBe(7);
      expect(await within(one, async () => 'late')).toBe('late');
      await expect(within(one, () => Promise.reject(new TypeError('no')))).rejects.toThrow(TypeError);
    }
    for (const none of [undefined, null, 'a', {}]) {
      let runs = 0;
      expect(await within(none as never, () => ++runs)).toBe(1);
    }
  });

  test('within() - a table that does not answer keeps nobody from working', async () => {
    const queue = await rig.newQueue();
    const db = fromPglite(rig.pglite);
    let answer = (): void => undefined;
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const executeSql = async (text: string, values?: unknown[]) => {
      if (text.includes('jsonb_build_object') && text.includes('"retryCount"')) await answered;
      return db.executeSql(text, values);
    };
    const boss = rig.observed({ db: { ...db, executeSql } });
    await boss.start();
    await boss.send(queue, {});
    const [job] = await boss.fetch(queue);
    if (!job) throw new Error('there is none');
    expect(await within(job, () => activeSpan() ?? 'none')).toBe('none');
    answer();
    expect(await until('the attempt', () => within(job, activeSpan))).toBeDefined();
    await boss.complete(queue, job.id);
    await rig.told();
    expect(rig.story(queue)).toEqual(['job.queued', 'job.started', 'job.completed']);
    await boss.stop({ graceful: false, close: false });
  });

  test('within() - in a handler of work() it is the attempt that runs, and does not end it', async () => {
    const queue = await rig.newQueue();
    const seen: (string | undefined)[] = [];
    let go = (): void => undefined;
    const opened = new Promise<void>((resolve) => {
      go = resolve;
    });
    await rig.boss.work(queue, QUICK, async ([job]) => {
      seen.push(activeSpan(), await within(job as pgBoss.Job, activeSpan));
      await opened;
    });
    await rig.boss.send(queue, {});
    await until('the handler', () => seen.length === 2);
    expect(await active(queue)).toEqual([1]);
    go();
    await until('completion', () => rig.records(queue, 'job.completed')[0]);
    await rig.boss.offWork(queue);
    expect(seen[1]).toBe(seen[0]);
  });

  test('within() - finds the attempts of a boss of an observed class, and of one that is observed by its prototype', async () => {
    const ofClass = new (rig.jobs.classes(pgBoss).PgBoss)(rig.options());
    const { observer } = connect('test', rig.box, undefined);
    const undo = observePrototype<Boss>(pgBoss.PgBoss, BOSS_METHODS, observer);
    const ofPrototype = new pgBoss.PgBoss(rig.options());
    for (const boss of [ofClass, ofPrototype]) {
      const queue = await rig.newQueue();
      boss.on('error', () => undefined);
      await boss.start();
      await boss.send(queue, {});
      const [job] = await boss.fetch(queue);
      if (!job) throw new Error('there is none');
      const inside = await within(job, activeSpan);
      await boss.complete(queue, job.id);
      await rig.told();
      expect(rig.spans(queue, 'process').map((span) => span.spanContext().spanId)).toEqual([inside]);
      await boss.stop({ graceful: false, close: false });
    }
    undo();
  });
});

async function active(queue: string): Promise<unknown[]> {
  const points = await rig.otel.points('job.active');
  return points
    .filter(({ labels }) => labels['messaging.destination.name'] === queue)
    .map(({ value }) => value);
}
