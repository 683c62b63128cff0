import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { now } from '../../../examples/job-queue/queue/clock.js';
import { pass, turn, useFakeTime, useRealTime, work } from './fake-time.js';
import { createRig } from './rig.js';

const HOUR = 3_600_000;

/** All durations that were told, by event and attribute. */
function durations(rig: ReturnType<typeof createRig>): [string, number][] {
  const ofSpans = rig
    .spans({ job: 'job', operation: 'process' })
    .map(({ duration: [s, ns] }): [string, number] => ['span', s + ns / 1e9]);
  const ofRecords = rig.told().flatMap(({ event, attributes }) =>
    Object.entries(attributes)
      .filter(([key]) => /[.](duration|delay|busy|idle)/.test(key))
      .map(([key, value]): [string, number] => [`${event} ${key}`, value as number]),
  );
  return [...ofSpans, ...ofRecords];
}

describe('JobQueue - time', () => {
  beforeEach(useFakeTime);
  afterEach(() => {
    vi.restoreAllMocks();
    useRealTime();
  });

  test.each([
    ['back', -HOUR],
    ['forth', HOUR],
  ])(
    '16. Durations use the monotonic clock: setting `Date` back an hour gives no negative or hour-long duration (%s)',
    async (_, step) => {
      const rig = createRig({ backoffMillis: () => 40 });
      const setDate = (): void => {
        vi.setSystemTime(Date.now() + step);
      };
      rig.add('busy', {}, () => work(20));
      await turn();
      rig.add('job', { maxAttempts: 2 }, async () => {
        await work(30);
        setDate();
        throw new Error('no');
      });
      setDate();
      await pass(20);
      await pass(10_000);
      expect(rig.queue.counts()).toMatchObject({ completed: 1, abandoned: 1 });
      const told = durations(rig);
      for (const [what, seconds] of told) {
        expect(seconds, what).toBeGreaterThanOrEqual(0);
        expect(seconds, what).toBeLessThan(1);
      }
      const of = (what: string): number[] =>
        told.filter(([name]) => name === what).map(([, seconds]) => Math.round(seconds * 1000));
      expect(of('span')).toEqual([30, 30]);
      expect(of('job.started job.wait.duration')).toEqual([0, 20, 0]);
      expect(of('job.failed job.duration')).toEqual([30, 30]);
      expect(of('job.abandoned job.turnaround.duration')).toEqual([120]);
    },
  );

  test('16. … nor does it move a delay', async () => {
    const rig = createRig();
    const start = performance.now();
    let began = Number.NaN;
    rig.add('job', { delayMillis: 100 }, () => {
      began = performance.now();
    });
    vi.setSystemTime(Date.now() + HOUR);
    await pass(99);
    expect(rig.began).toEqual([]);
    vi.setSystemTime(Date.now() - 2 * HOUR);
    await pass(1000);
    expect(began - start).toBe(100);
  });

  test('17. A delay over 2^31-1 ms does not fire at once (`setTimeout` fires after 2 ms, V)', async () => {
    // Health checks of a month would take longer than all the rest.
    const rig = createRig({ monitor: { intervalMillis: 2 ** 30 } });
    const delayMillis = 2 ** 31 + 5000;
    const start = now();
    let began = Number.NaN;
    rig.add('far', { delayMillis }, () => {
      began = now();
    });
    await pass(60_000);
    expect(rig.queue.counts()).toMatchObject({ delayed: 1, completed: 0 });
    vi.advanceTimersByTime(delayMillis - 60_001);
    await turn();
    expect(rig.began).toEqual([]);
    await pass(1);
    expect(began - start).toBe(delayMillis);
  });

  test('18. `setTimeout` firing up to 1 ms early (V, 2 of 200) never starts a job before its run-at', async () => {
    const onTime = globalThis.setTimeout;
    let early = 0;
    vi.spyOn(globalThis, 'setTimeout').mockImplementation(((fn: () => void, millis = 0) => {
      if (millis > 1) early++;
      return onTime(fn, Math.max(0, millis - 1));
    }) as typeof setTimeout);
    const rig = createRig({ backoffMillis: () => 25 });
    const ahead: number[] = [];
    rig.add('job', { delayMillis: 50 }, (job) => {
      ahead.push(job.runnableAt - now());
      throw new Error('no');
    });
    await pass(1000);
    expect(ahead).toHaveLength(3);
    expect(Math.max(...ahead)).toBeLessThanOrEqual(0);
    expect(early).toBeGreaterThan(0);
  });

  test('18. … and never ends an attempt before its limit', async () => {
    const onTime = globalThis.setTimeout;
    vi.spyOn(globalThis, 'setTimeout').mockImplementation(((fn: () => void, millis = 0) =>
      onTime(fn, Math.max(0, millis - 1))) as typeof setTimeout);
    const rig = createRig({ timeoutMillis: 50 });
    const start = now();
    let abortedAt = Number.NaN;
    rig.add('job', { maxAttempts: 1 }, (job) => {
      job.signal.addEventListener('abort', () => {
        abortedAt = now();
      });
      return new Promise(() => {});
    });
    await pass(1000);
    expect(abortedAt - start).toBeGreaterThanOrEqual(50);
  });

  test('18. … and one that ends it late puts off its retry by nothing', async () => {
    const onTime = globalThis.setTimeout;
    vi.spyOn(globalThis, 'setTimeout').mockImplementation(((fn: () => void, millis = 0) =>
      onTime(fn, millis + 30)) as typeof setTimeout);
    const rig = createRig({ timeoutMillis: 50, backoffMillis: () => 100 });
    const start = now();
    const runnable: number[] = [];
    rig.add('job', { maxAttempts: 2 }, (job) => {
      runnable.push(job.runnableAt - start);
      return job.attempt === 1 ? work(1000, job.signal) : undefined;
    });
    await pass(1000);
    // The span of the first ends at its limit, and the wait of the second begins when its delay after that is over.
    expect(runnable).toEqual([0, 150]);
  });

  test('enqueue() - says when the job may run, by the clock of the process', () => {
    const rig = createRig();
    expect(rig.add('now')).toEqual({ accepted: true, runnableAt: now() });
    expect(rig.add('later', { delayMillis: 250 })).toEqual({ accepted: true, runnableAt: now() + 250 });
    const [atOnce, delayed] = rig.told({ event: 'job.queued' });
    expect(atOnce?.attributes['job.delay']).toBeUndefined();
    expect(delayed?.attributes['job.delay']).toBeCloseTo(0.25, 4);
  });

  test('a delayed job begins also when someone looks at the queue in the moment that it becomes due', async () => {
    const rig = createRig({ backoffMillis: () => 25 });
    let looks = 0;
    for (const moment of [50, 75]) {
      setTimeout(() => {
        if (rig.queue.counts().waiting === 1) looks++;
      }, moment);
    }
    rig.add('job', { delayMillis: 50, maxAttempts: 2 }, () => Promise.reject(new Error('no')));
    await pass(1000);
    expect(looks).toBe(2);
    expect(rig.began).toEqual(['job#1', 'job#2']);
  });
});
