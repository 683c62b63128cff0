import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pass, useFakeTime, useRealTime } from '../examples/queue/fake-time.js';
import { resetOtel } from '../support/otel.js';
import { startRig } from './rig.js';

beforeEach(useFakeTime);
afterEach(() => {
  useRealTime();
  resetOtel();
});

describe('the gauges of queues', () => {
  test.each<[string, () => Promise<never>]>([
    ['can not be asked', () => Promise.reject(new Error('no connection'))],
    ['does not answer', () => new Promise(() => undefined)],
  ])('queue.jobs - a queue that %s takes away no other queue’s depth', async (_, depth) => {
    const { jobs, otel } = startRig();
    jobs.queue('down').monitor({ depth, oldestAgeMillis: depth });
    jobs.queue('up').monitor({ depth: async () => ({ waiting: 5 }), oldestAgeMillis: async () => 2000 });
    const collected = Promise.all([otel.points('queue.jobs'), otel.points('queue.oldest.age')]);
    await pass(5000);
    const [depths, ages] = await collected;
    expect(depths.map(({ labels, value }) => [labels['messaging.destination.name'], value])).toEqual([
      ['up', 5],
    ]);
    expect(ages.map(({ labels, value }) => [labels['messaging.destination.name'], value])).toEqual([
      ['up', 2],
    ]);
  });

  test('queue.jobs - all queues are asked at once', async () => {
    const { jobs, otel } = startRig();
    for (const name of ['a', 'b', 'c'])
      jobs.queue(name).monitor({
        depth: () => new Promise((resolve) => setTimeout(() => resolve({ waiting: 1 }), 2000)),
      });
    const collected = otel.points('queue.jobs');
    await pass(2000);
    expect(await collected).toHaveLength(3);
  });
});
