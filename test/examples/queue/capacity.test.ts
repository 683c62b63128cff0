import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hang, pass, turn, useFakeTime, useRealTime, work } from './fake-time.js';
import { createRig } from './rig.js';

const FULL = { accepted: false, reason: 'queue_full' };

function fail(): never {
  throw new Error('no');
}

describe('JobQueue - capacity', () => {
  beforeEach(useFakeTime);
  afterEach(useRealTime);

  describe('4. Capacity counts waiting + delayed + retry-waiting, not active. A retry of an accepted job always re-enters; the depth may pass the capacity by at most the number of workers', () => {
    test('waiting jobs are counted, active ones are not', async () => {
      const rig = createRig({ capacity: 2, workers: 2 });
      for (const id of ['active-1', 'active-2']) rig.add(id, {}, hang);
      await turn();
      expect(rig.queue.counts()).toMatchObject({ active: 2, waiting: 0 });
      expect(rig.add('waiting-1')).toMatchObject({ accepted: true });
      expect(rig.add('waiting-2')).toMatchObject({ accepted: true });
      expect(rig.add('one-too-many')).toEqual(FULL);
    });

    test('delayed jobs are counted', () => {
      const rig = createRig({ capacity: 2 });
      rig.add('delayed-1', { delayMillis: 1000 });
      rig.add('delayed-2', { delayMillis: 2000 });
      expect(rig.add('one-too-many')).toEqual(FULL);
    });

    test('jobs that wait for a retry are counted', async () => {
      const rig = createRig({ capacity: 1 });
      rig.add('failing', {}, fail);
      await turn();
      expect(rig.queue.counts()).toMatchObject({ delayed: 1, active: 0 });
      expect(rig.add('one-too-many')).toEqual(FULL);
    });

    test('retries re-enter a full queue', async () => {
      const rig = createRig({ capacity: 1, workers: 2, backoffMillis: () => 100 });
      for (const id of ['failing-1', 'failing-2']) {
        rig.add(id, { maxAttempts: 2 }, async () => {
          await work(10);
          fail();
        });
      }
      await turn();
      rig.add('waiting', { delayMillis: 50 });
      await pass(10);
      const { waiting, delayed } = rig.queue.counts();
      expect(waiting + delayed).toBe(3);
      expect(rig.add('one-too-many')).toEqual(FULL);
      await pass(1000);
      expect(rig.queue.counts()).toMatchObject({ completed: 1, abandoned: 2 });
    });
  });

  describe('5. Concurrent adds at capacity - 1 accept exactly one', () => {
    test('in one turn', () => {
      const rig = createRig({ capacity: 3, workers: 0 });
      rig.add('there-1');
      rig.add('there-2');
      const results = ['a', 'b', 'c', 'd'].map((id) => rig.add(id).accepted);
      expect(results).toEqual([true, false, false, false]);
    });

    test('by callers that overlap', async () => {
      const rig = createRig({ capacity: 3, workers: 1 });
      rig.add('active', {}, hang);
      await turn();
      rig.add('there-1');
      rig.add('there-2');
      const callers = [3, 1, 2, 1].map(async (millis, n) => {
        await work(millis);
        return rig.add(`caller-${n}`).accepted;
      });
      await pass(10);
      expect((await Promise.all(callers)).filter(Boolean)).toHaveLength(1);
    });
  });

  test('capacity - a job that an idle worker is about to take does not count', async () => {
    const rig = createRig({ capacity: 1, workers: 2 });
    expect(['a', 'b', 'c', 'd'].map((id) => rig.add(id, {}, hang).accepted)).toEqual([
      true,
      true,
      true,
      false,
    ]);
    await turn();
    expect(rig.queue.counts()).toMatchObject({ active: 2, waiting: 1 });
  });

  test('capacity - a refused job is told with the size and the capacity, an accepted one with the size after it', async () => {
    const rig = createRig({ capacity: 2, workers: 1 });
    for (const id of ['a', 'b', 'c', 'd']) rig.add(id, {}, hang);
    expect(rig.told({ event: 'job.queued' }).map(({ attributes }) => attributes['queue.size'])).toEqual([
      1, 1, 2,
    ]);
    expect(rig.told({ event: 'job.rejected' })[0]?.attributes).toMatchObject({
      'job.id': 'd',
      'job.reject.reason': 'queue_full',
      'queue.size': 2,
      'queue.capacity': 2,
    });
  });

  test('capacity - a backlog is told when it is reached, and when it is gone', async () => {
    const rig = createRig({ capacity: 5, workers: 1 });
    rig.add('busy', {}, () => work(10));
    await turn();
    for (const id of ['a', 'b', 'c', 'd']) rig.add(id, {}, () => work(10));
    expect(rig.told({ event: 'queue.backlog' })).toHaveLength(1);
    expect(rig.told({ event: 'queue.backlog_cleared' })).toHaveLength(0);
    await pass(100);
    expect(rig.told({ event: 'queue.backlog' })).toHaveLength(1);
    expect(rig.told({ event: 'queue.backlog_cleared' })).toHaveLength(1);
  });
});
