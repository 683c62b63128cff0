import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pass, turn, useFakeTime, useRealTime, work } from './fake-time.js';
import { createRig, eventsOf } from './rig.js';

describe('JobQueue - order', () => {
  beforeEach(useFakeTime);
  afterEach(useRealTime);

  test('1. Equal priorities run strictly in acceptance order, also after a retry re-enters', async () => {
    const rig = createRig({ backoffMillis: () => 25 });
    rig.add('first', {}, async (job) => {
      await work(10);
      if (job.attempt === 1) throw new Error('once');
    });
    for (const id of ['second', 'third', 'fourth', 'fifth', 'sixth']) rig.add(id, {}, () => work(10));
    await pass(1000);
    // The retry may run from 35 ms on; fourth runs then, until 40 ms.
    expect(rig.began).toEqual([
      'first#1',
      'second#1',
      'third#1',
      'fourth#1',
      'first#2',
      'fifth#1',
      'sixth#1',
    ]);
  });

  test('enqueue() - higher priorities run first, also when they are enqueued last in the same turn', async () => {
    const rig = createRig();
    rig.add('low', { priority: -1 });
    rig.add('middle');
    rig.add('high', { priority: 7 });
    await turn();
    expect(rig.began).toEqual(['high#1', 'middle#1', 'low#1']);
  });

  test('enqueue() - equal priorities run in acceptance order, also where a delay let later ones come first', async () => {
    const rig = createRig();
    rig.add('delayed', { delayMillis: 15 });
    for (const id of ['a', 'b', 'c']) rig.add(id, {}, () => work(10));
    await pass(1000);
    expect(rig.began).toEqual(['a#1', 'b#1', 'delayed#1', 'c#1']);
  });

  test('2. With ageing on, a low-priority job runs within N higher ones', async () => {
    const rig = createRig({ ageing: 3 });
    rig.add('busy', {}, () => work(10));
    await turn();
    rig.add('low', { priority: 0 });
    let more = 10;
    const high = (): void => {
      if (more-- > 0) rig.add(`high-${more}`, { priority: 9 }, high);
    };
    high();
    await pass(1000);
    expect(rig.began.indexOf('low#1')).toBe(4);
    expect(rig.began).toHaveLength(12);
  });

  test('ageing - is off by default: a low-priority job waits for all higher ones', async () => {
    const rig = createRig();
    rig.add('busy', {}, () => work(10));
    await turn();
    rig.add('low', { priority: 0 });
    for (let n = 1; n <= 10; n++) rig.add(`high-${n}`, { priority: 9 });
    await pass(1000);
    expect(rig.began.at(-1)).toBe('low#1');
  });

  test('3. While a retry waits, its worker runs other jobs', async () => {
    const rig = createRig({ backoffMillis: () => 1000 });
    rig.add('failing', {}, (job) => {
      if (job.attempt === 1) throw new Error('once');
    });
    rig.add('other');
    rig.add('another');
    await pass(999);
    expect(rig.began).toEqual(['failing#1', 'other#1', 'another#1']);
    expect(rig.queue.counts()).toMatchObject({ completed: 2, delayed: 1, active: 0 });
    await pass(1);
    expect(rig.queue.counts()).toMatchObject({ completed: 3, delayed: 0 });
  });

  test('6. JOB_QUEUED comes before JOB_STARTED even if a worker is idle', async () => {
    const rig = createRig({ workers: 3 });
    await turn();
    rig.add('job');
    expect(rig.began).toEqual([]);
    await turn();
    expect(eventsOf(rig.told())).toEqual(['job.queued', 'job.started', 'job.completed']);
  });
});
