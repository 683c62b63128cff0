import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pass, turn, useFakeTime, useRealTime, work } from './fake-time.js';
import { createRig, errorTypes, eventsOf, reasons } from './rig.js';

describe('JobQueue - cancelling', () => {
  beforeEach(useFakeTime);
  afterEach(useRealTime);

  describe('9. Cancelling a waiting job never calls its handler; cancelling an active one aborts its signal and is never retried', () => {
    test('a waiting one', async () => {
      const rig = createRig();
      rig.add('busy', {}, () => work(10));
      await turn();
      rig.add('waiting');
      expect(rig.queue.cancel('waiting')).toBe(true);
      await pass(1000);
      expect(rig.began).toEqual(['busy#1']);
      expect(reasons(rig, 'waiting')).toEqual(['cancelled']);
    });

    test('a delayed one, by its signal', async () => {
      const rig = createRig();
      const controller = new AbortController();
      rig.add('delayed', { delayMillis: 50, signal: controller.signal });
      await pass(10);
      controller.abort();
      await pass(1000);
      expect(rig.began).toEqual([]);
      expect(reasons(rig, 'delayed')).toEqual(['cancelled']);
    });

    test('one that waits for its retry', async () => {
      const rig = createRig();
      rig.add('failing', {}, () => Promise.reject(new Error('no')));
      await turn();
      expect(rig.queue.cancel('failing')).toBe(true);
      await pass(60_000);
      expect(rig.began).toEqual(['failing#1']);
      expect(rig.told({ event: 'job.abandoned' })[0]?.attributes).toMatchObject({
        'job.abandon.reason': 'cancelled',
        'job.attempts': 1,
      });
    });

    test('an active one', async () => {
      const rig = createRig();
      let seen: unknown;
      rig.add('active', {}, async (job) => {
        job.signal.addEventListener('abort', () => {
          seen = job.signal.reason;
        });
        await work(60_000, job.signal);
      });
      await turn();
      expect(rig.queue.cancel('active', 'no longer wanted')).toBe(true);
      expect(seen).toBe('no longer wanted');
      expect(rig.queue.counts()).toMatchObject({ abandoned: 1, active: 0 });
      await pass(60_000);
      expect(rig.began).toEqual(['active#1']);
      expect(reasons(rig, 'active')).toEqual(['cancelled']);
      expect(errorTypes(rig, 'active')).toEqual(['cancelled']);
    });
  });

  test('cancel() - says false for a job that is not there, or has ended', async () => {
    const rig = createRig();
    expect(rig.queue.cancel('nobody')).toBe(false);
    rig.add('done');
    await turn();
    expect(rig.queue.cancel('done')).toBe(false);
    expect(reasons(rig, 'done')).toEqual([]);
  });

  test('cancel() - a job whose signal was aborted before it came is accepted and cancelled', async () => {
    const rig = createRig();
    rig.add('stillborn', { signal: AbortSignal.abort() });
    await turn();
    expect(rig.began).toEqual([]);
    expect(eventsOf(rig.told())).toEqual(['job.queued', 'job.abandoned']);
  });

  test('cancel() - the signal of a job that has ended cancels no other of its id', async () => {
    const rig = createRig();
    const controller = new AbortController();
    rig.add('again', { signal: controller.signal });
    await turn();
    rig.add('again', { delayMillis: 10 });
    controller.abort();
    await pass(10);
    expect(rig.queue.counts()).toMatchObject({ completed: 2, abandoned: 0 });
  });

  test('cancel() - the signal of a job that has ended is listened to no more', async () => {
    const rig = createRig();
    const { signal } = new AbortController();
    rig.add('done', { signal });
    rig.add('delayed', { signal, delayMillis: 10 });
    expect(getEventListeners(signal, 'abort')).toHaveLength(2);
    await turn();
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    rig.queue.cancel('delayed');
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  test('cancel() - works from within the backoff of the job itself', async () => {
    const rig = createRig({
      backoffMillis: () => {
        rig.queue.cancel('job');
        return 10;
      },
    });
    rig.add('job', {}, () => Promise.reject(new Error('no')));
    await pass(1000);
    expect(rig.began).toEqual(['job#1']);
    expect(reasons(rig, 'job')).toEqual(['cancelled']);
    expect(rig.queue.counts()).toMatchObject({ accepted: 1, abandoned: 1, delayed: 0 });
  });

  test('cancel() - an active job keeps its worker until its handler has ended', async () => {
    const rig = createRig();
    rig.add('deaf', {}, () => work(100));
    rig.add('next');
    await turn();
    rig.queue.cancel('deaf');
    await pass(99);
    expect(rig.began).toEqual(['deaf#1']);
    await pass(1);
    expect(rig.began).toEqual(['deaf#1', 'next#1']);
  });
});
