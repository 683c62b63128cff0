import { createSignalbox, SignalboxError } from 'signalbox';
import type { Depth, MonitorOptions, QueueOptions } from 'signalbox/jobs';
import { createJobs } from 'signalbox/jobs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { pass, useFakeTime, useRealTime } from '../examples/queue/fake-time.js';
import { recordDiag, resetOtel } from '../support/otel.js';
import type { Rig } from './rig.js';
import { GIVE_UP, QUEUE, recorded, startRig } from './rig.js';

beforeEach(useFakeTime);
afterEach(() => {
  useRealTime();
  resetOtel();
});

const boom = new Error('no');
let n = 0;

function end(queue: Rig['queue'], good: number, bad: number): void {
  for (let i = 0; i < good; i++) queue.attempt({ job: { id: `${n++}` }, number: 1 }).completed();
  for (let i = 0; i < bad; i++) queue.attempt({ job: { id: `${n++}` }, number: 1 }).failed(boom, GIVE_UP);
}

const BACKLOG = ['queue.backlog', 'queue.backlog_cleared'];
const RATE = ['queue.failure_rate', 'queue.failure_rate_cleared'];

function names(rig: Rig, of: readonly string[]): (string | undefined)[] {
  return rig.otel
    .logs()
    .map((record) => record.eventName)
    .filter((name) => name !== undefined && of.includes(name));
}

describe('a box that is shut down', () => {
  test('monitor() - looks no more, and leaves no timer', async () => {
    const { box, queue } = startRig();
    const timers = vi.getTimerCount();
    const depth = vi.fn(() => ({ waiting: 0 }));
    const monitor = queue.monitor({ depth });
    await box.shutdown();
    const looked = depth.mock.calls.length;
    expect(vi.getTimerCount()).toBe(timers);
    await pass(60_000);
    expect(depth).toHaveBeenCalledTimes(looked);
    monitor.stop();
  });
});

describe('the health check', () => {
  test('check() - tells what this process saw, and what the queue holds', async () => {
    const { otel, queue } = startRig();
    const monitor = queue.monitor({
      depth: () => ({ waiting: 4, delayed: 2, active: 1, blocked: 9, paused: 9 }),
      oldestAgeMillis: () => 1500,
    });
    for (let i = 0; i < 6; i++) queue.enqueue({ id: `e-${i}` }).accepted();
    queue.queued({ id: 'q' });
    queue.enqueue({ id: 'full' }).rejected('queue_full');
    end(queue, 3, 1);
    queue.attempt({ job: { id: 'r' }, number: 1 }).failed(boom, { retry: true });
    await monitor.check();
    expect(recorded(otel, 'queue.health_check')).toEqual({
      'queue.total_jobs': 7,
      'queue.completed_jobs': 3,
      'queue.failed_jobs': 1,
      'queue.size': 4,
      'queue.success_rate': 0.75,
      'queue.retries': 1,
      'queue.delayed': 2,
      'queue.active': 1,
      'queue.oldest_age': 1.5,
      'queue.scope': 'process',
      'messaging.destination.name': QUEUE,
    });
    expect(otel.logs('queue.health_check')[0]).toMatchObject({
      severityText: 'INFO',
      spanContext: undefined,
    });
  });

  test("check() - with the queue's own totals says that they are the queue's; what is not known is left out", async () => {
    const { otel, queue } = startRig();
    const monitor = queue.monitor({
      depth: async () => ({ waiting: 1 }),
      scope: 'queue',
      totals: async () => ({ total: 100, completed: 90, abandoned: 5, retries: 7 }),
      oldestAgeMillis: () => undefined,
    });
    await monitor.check();
    expect(recorded(otel, 'queue.health_check')).toEqual({
      'queue.total_jobs': 100,
      'queue.completed_jobs': 90,
      'queue.failed_jobs': 5,
      'queue.size': 1,
      'queue.retries': 7,
      'queue.scope': 'queue',
      'messaging.destination.name': QUEUE,
    });
  });

  test('monitor() - checks by itself each interval until stop(), by default each 15 s', async () => {
    const { otel, queue } = startRig();
    const monitor = queue.monitor({ depth: () => ({ waiting: 0 }) });
    await pass(14_999);
    expect(otel.logs('queue.health_check')).toHaveLength(0);
    await pass(1);
    expect(otel.logs('queue.health_check')).toHaveLength(1);
    await pass(30_000);
    expect(otel.logs('queue.health_check')).toHaveLength(3);
    monitor.stop();
    await pass(60_000);
    expect(otel.logs('queue.health_check')).toHaveLength(3);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('the success rate - forgets what ended longer ago than the window', async () => {
    const { otel, queue } = startRig();
    const monitor = queue.monitor({ depth: () => ({ waiting: 0 }), failureRate: { windowMillis: 60_000 } });
    const rates: unknown[] = [];
    const look = async (): Promise<void> => {
      await monitor.check();
      rates.push(otel.logs('queue.health_check').at(-1)?.attributes['queue.success_rate']);
    };
    end(queue, 0, 1);
    await look();
    await pass(40_000);
    end(queue, 1, 0);
    await look();
    await pass(25_000);
    await look();
    await pass(60_000);
    await look();
    expect(rates).toEqual([0, 0.5, 1, undefined]);
  });
});

describe('the backlog', () => {
  function rigOf(
    options: QueueOptions,
    monitor: Partial<MonitorOptions> = {},
  ): Rig & { grow(to: Depth): Promise<void> } {
    const rig = startRig(options);
    let depth: Depth = { waiting: 0 };
    const watching = rig.queue.monitor({ depth: () => depth, ...monitor });
    return {
      ...rig,
      grow: async (to) => {
        depth = to;
        await watching.check();
      },
    };
  }

  test('QUEUE_BACKLOG - is told once at 0.8 of the capacity, and cleared once at 0.6', async () => {
    const rig = rigOf({ capacity: 10 });
    for (const waiting of [7, 8, 9, 10, 7, 9, 8]) await rig.grow({ waiting });
    expect(names(rig, BACKLOG)).toEqual(['queue.backlog']);
    expect(recorded(rig.otel, 'queue.backlog')).toEqual({
      'queue.size': 8,
      'queue.capacity': 10,
      'messaging.destination.name': QUEUE,
    });
    expect(rig.otel.logs('queue.backlog')[0]?.severityText).toBe('WARN');
    for (const waiting of [6, 5, 7, 0]) await rig.grow({ waiting });
    expect(names(rig, BACKLOG)).toEqual(BACKLOG);
    expect(recorded(rig.otel, 'queue.backlog_cleared')).toMatchObject({ 'queue.size': 6 });
    expect(rig.otel.logs('queue.backlog_cleared')[0]?.severityText).toBe('INFO');
    await rig.grow({ waiting: 8 });
    expect(names(rig, BACKLOG)).toEqual([...BACKLOG, 'queue.backlog']);
  });

  test('QUEUE_BACKLOG - counts delayed jobs where they take up capacity', async () => {
    const rig = rigOf({ capacity: 10 });
    await rig.grow({ waiting: 3, delayed: 5 });
    expect(names(rig, BACKLOG)).toEqual(['queue.backlog']);
  });

  test('QUEUE_BACKLOG - is told at once by an enqueue that knows the size', () => {
    const rig = rigOf({ capacity: 10 });
    rig.queue.enqueue({ id: '1' }).accepted({ queueSize: 8 });
    expect(names(rig, BACKLOG)).toEqual(['queue.backlog']);
    rig.queue.enqueue({ id: '2' }).rejected('queue_full', { queueSize: 10 });
    rig.queue.enqueue({ id: '3' }).accepted({ queueSize: 6 });
    expect(names(rig, BACKLOG)).toEqual(BACKLOG);
  });

  test('QUEUE_BACKLOG - without a capacity is told for a size or an age that is given, else never', async () => {
    const never = rigOf({});
    await never.grow({ waiting: 1_000_000 });
    expect(names(never, BACKLOG)).toEqual([]);
    resetOtel();
    const sized = rigOf({}, { backlog: { size: 100, clear: 20 } });
    for (const waiting of [99, 100, 21, 20]) await sized.grow({ waiting, delayed: 500 });
    expect(names(sized, BACKLOG)).toEqual(BACKLOG);
    expect(recorded(sized.otel, 'queue.backlog')).not.toHaveProperty('queue.capacity');
    resetOtel();
    let age = 0;
    const aged = rigOf({}, { backlog: { ageMillis: 4000 }, oldestAgeMillis: () => age });
    for (age of [3999, 4000, 3001, 3000]) await aged.grow({ waiting: 1 });
    expect(names(aged, BACKLOG)).toEqual(BACKLOG);
    expect(recorded(aged.otel, 'queue.backlog')).toMatchObject({ 'queue.oldest_age': 4, 'queue.size': 1 });
  });

  test('QUEUE_BACKLOG - is not told while paused, and what was told before may still clear', async () => {
    let paused = true;
    const rig = rigOf({ capacity: 10 }, { paused: async () => paused });
    await rig.grow({ waiting: 10 });
    rig.queue.enqueue({ id: '1' }).accepted({ queueSize: 10 });
    expect(names(rig, BACKLOG)).toEqual([]);
    paused = false;
    await rig.grow({ waiting: 10 });
    expect(names(rig, BACKLOG)).toEqual(['queue.backlog']);
    paused = true;
    await rig.grow({ waiting: 2 });
    expect(names(rig, BACKLOG)).toEqual(BACKLOG);
    await rig.grow({ waiting: 10 });
    expect(names(rig, BACKLOG)).toEqual(BACKLOG);
  });

  test('backlog: false - turns it off', async () => {
    const rig = rigOf({ capacity: 10 }, { backlog: false });
    await rig.grow({ waiting: 10 });
    expect(names(rig, BACKLOG)).toEqual([]);
  });

  test.each([1, 2, 3])('QUEUE_BACKLOG - a capacity of %d has two thresholds too', async (capacity) => {
    const rig = rigOf({ capacity });
    await rig.grow({ waiting: capacity });
    await rig.grow({ waiting: 0 });
    expect(names(rig, BACKLOG)).toEqual(BACKLOG);
  });
});

describe('the failure rate', () => {
  test('QUEUE_FAILURE_RATE - is told once at 20 % of at least 10 ends, and cleared under 10 %', () => {
    const rig = startRig();
    rig.queue.monitor({ depth: () => ({ waiting: 0 }) });
    end(rig.queue, 0, 2);
    end(rig.queue, 7, 0);
    expect(names(rig, RATE)).toEqual([]);
    end(rig.queue, 1, 0);
    expect(names(rig, RATE)).toEqual(['queue.failure_rate']);
    expect(recorded(rig.otel, 'queue.failure_rate')).toEqual({
      'queue.failure_rate': 0.2,
      'queue.failed_jobs': 2,
      'queue.total_jobs': 10,
      'messaging.destination.name': QUEUE,
    });
    expect(rig.otel.logs('queue.failure_rate')[0]?.severityText).toBe('ERROR');
    end(rig.queue, 9, 0);
    expect(names(rig, RATE)).toEqual(['queue.failure_rate']);
    end(rig.queue, 1, 0);
    expect(names(rig, RATE)).toEqual(RATE);
    expect(recorded(rig.otel, 'queue.failure_rate_cleared')).toMatchObject({
      'queue.failure_rate': 0.1,
      'queue.total_jobs': 20,
    });
    expect(rig.otel.logs('queue.failure_rate_cleared')[0]?.severityText).toBe('INFO');
  });

  test('QUEUE_FAILURE_RATE - clears when the window has passed, at the next check', async () => {
    const rig = startRig();
    const monitor = rig.queue.monitor({ depth: () => ({ waiting: 0 }) });
    end(rig.queue, 0, 10);
    await pass(294_000);
    await monitor.check();
    expect(names(rig, RATE)).toEqual(['queue.failure_rate']);
    await pass(12_000);
    await monitor.check();
    expect(names(rig, RATE)).toEqual(RATE);
  });

  test('QUEUE_FAILURE_RATE - what someone wanted to end says nothing on how well jobs go', () => {
    const rig = startRig();
    rig.queue.monitor({ depth: () => ({ waiting: 0 }) });
    for (const reason of ['cancelled', 'removed', 'shutdown'] as const)
      for (let i = 0; i < 10; i++) rig.queue.abandoned({ id: `${n++}` }, { reason });
    expect(names(rig, RATE)).toEqual([]);
    for (let i = 0; i < 10; i++) rig.queue.abandoned({ id: `${n++}` }, { reason: 'expired' });
    expect(names(rig, RATE)).toEqual(['queue.failure_rate']);
  });

  test('failureRate - takes other thresholds, or turns it off', () => {
    const rig = startRig();
    rig.queue.monitor({
      depth: () => ({ waiting: 0 }),
      failureRate: { threshold: 0.5, clear: 0.25, minimum: 2 },
    });
    end(rig.queue, 1, 1);
    end(rig.queue, 1, 0);
    expect(names(rig, RATE)).toEqual(['queue.failure_rate']);
    end(rig.queue, 1, 0);
    expect(names(rig, RATE)).toEqual(RATE);
    const off = rig.jobs.queue('off');
    off.monitor({ depth: () => ({ waiting: 0 }), failureRate: false });
    end(off, 0, 20);
    expect(names(rig, RATE)).toEqual(RATE);
  });
});

describe('the gauges of a queue', () => {
  const labels = { 'messaging.system.name': 'signalbox', 'messaging.destination.name': QUEUE };

  test('queue.jobs, queue.capacity and queue.oldest.age - are reported while it is watched', async () => {
    const { otel, queue } = startRig({ capacity: 50 });
    expect(await otel.points('queue.capacity')).toEqual([]);
    queue.monitor({
      depth: async () => ({ waiting: 4, delayed: 3, active: 2, blocked: 1, paused: 0 }),
      oldestAgeMillis: async () => 2500,
    });
    expect(await otel.points('queue.jobs')).toEqual(
      Object.entries({ waiting: 4, delayed: 3, active: 2, blocked: 1, paused: 0 }).map(([state, value]) => ({
        labels: { ...labels, 'job.state': state },
        value,
      })),
    );
    expect(await otel.points('queue.capacity')).toEqual([{ labels, value: 50 }]);
    expect(await otel.points('queue.oldest.age')).toEqual([{ labels, value: 2.5 }]);
  });

  test('a state that the engine can not tell - is left out, an age of none is 0', async () => {
    const { otel, queue } = startRig();
    queue.monitor({ depth: () => ({ waiting: 4 }), oldestAgeMillis: () => 0 });
    expect(await otel.points('queue.jobs')).toEqual([
      { labels: { ...labels, 'job.state': 'waiting' }, value: 4 },
    ]);
    expect(await otel.points('queue.oldest.age')).toEqual([{ labels, value: 0 }]);
    expect(await otel.points('queue.capacity')).toEqual([]);
  });
});

describe('monitor()', () => {
  const depth = (): Depth => ({ waiting: 0 });
  test.each<[string, object, string]>([
    ['no depth', {}, '`depth` is undefined. Give a function'],
    [
      'an interval of none',
      { depth, intervalMillis: 0 },
      '`intervalMillis` is 0. Give milliseconds, more than 0',
    ],
    ['a size of none', { depth, backlog: { size: -1 } }, '`backlog.size` is -1. Give a number above 0.'],
    [
      'an age of none',
      { depth, backlog: { ageMillis: 0 } },
      '`backlog.ageMillis` is 0. Give a number above 0.',
    ],
    ['a clear above', { depth, backlog: { size: 5, clear: 6 } }, 'backlog is raised at 5 and cleared at 6'],
    [
      'a rate the wrong way',
      { depth, failureRate: { threshold: 0.1, clear: 0.2 } },
      'failureRate is raised at 0.1',
    ],
    ['no window', { depth, failureRate: { windowMillis: 0 } }, '`failureRate.windowMillis` is 0'],
  ])('monitor() - with %s is told in a sentence that names the queue', (_, options, sentence) => {
    const queue = createJobs(createSignalbox()).queue(QUEUE);
    expect(() => queue.monitor(options as MonitorOptions)).toThrow(SignalboxError);
    expect(() => queue.monitor(options as MonitorOptions)).toThrow(
      `monitor of queue '${QUEUE}': ${sentence}`,
    );
  });

  test('monitor() - there is one for each queue in a process, until it stops', () => {
    const { queue, jobs } = startRig();
    const first = queue.monitor({ depth });
    expect(() => jobs.queue(QUEUE).monitor({ depth })).toThrow(
      "The queue 'mail' has a monitor in this process already. Stop it first, or use that one.",
    );
    first.stop();
    expect(() => queue.monitor({ depth })).not.toThrow();
  });
});

describe('a monitor whose queue is closed', () => {
  const depth = vi.fn(async (): Promise<Depth> => ({ waiting: 5 }));
  beforeEach(() => depth.mockClear());

  test('closed() - the monitor stops by itself, looks no more, and nothing is told', async () => {
    const told = recordDiag();
    const { otel, queue } = startRig();
    let closed = false;
    const monitor = queue.monitor({ depth, closed: () => closed });
    expect(await otel.points('queue.jobs')).toMatchObject([{ value: 5 }]);
    closed = true;
    depth.mockClear();
    await otel.metrics();
    await monitor.check();
    await pass(60_000);
    expect(depth).not.toHaveBeenCalled();
    expect(told).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('closed() - a queue that is closed beneath a look is no trouble, whoever looks', async () => {
    const told = recordDiag();
    const { box, otel, queue } = startRig();
    const broken = async (): Promise<never> => {
      throw new Error('Connection is closed.');
    };
    const closed = (error?: unknown): boolean => String(error).includes('is closed');
    queue.monitor({ depth: broken, oldestAgeMillis: broken, closed });
    await otel.metrics();
    const { complete } = await closing(box.shutdown());
    expect({ complete, told }).toEqual({ complete: true, told: [] });
  });

  test('closed() - a queue that was closed and opened again may have a new monitor', () => {
    const { queue } = startRig();
    let closed = false;
    const first = queue.monitor({ depth, closed: () => closed });
    expect(() => queue.monitor({ depth })).toThrow('has a monitor in this process already');
    closed = true;
    expect(() => queue.monitor({ depth })).not.toThrow();
    first.stop();
    expect(() => queue.monitor({ depth })).toThrow('has a monitor in this process already');
  });

  test('depth() - that fails as metrics are collected is told as the monitor’s, and no metric is counted lost by it', async () => {
    const told = recordDiag();
    const { box, otel, queue } = startRig();
    const broken = async (): Promise<never> => {
      throw new Error('no answer');
    };
    queue.monitor({ depth: broken, oldestAgeMillis: broken });
    await otel.metrics();
    expect(told).toEqual([
      `signalbox: the monitor of queue '${QUEUE}' could not look at it: Error: no answer`,
    ]);
    const { complete, undelivered } = await closing(box.shutdown());
    expect({ complete, undelivered }).toEqual({ complete: true, undelivered: {} });
  });

  test.each([
    ['nothing', () => null],
    ['no number', () => ({ waiting: 'many' })],
    [
      'what throws on being read',
      () => ({
        get waiting(): number {
          throw new Error('no answer');
        },
      }),
    ],
  ])(
    'depth() - that answers with %s is the monitor’s trouble, told once, whoever looks',
    async (_, answer) => {
      const told = recordDiag();
      const { otel, queue, jobs } = startRig();
      const asked = queue.monitor({ depth: answer as never });
      const later = jobs.queue('later').monitor({ depth: (async () => answer()) as never });
      expect(await otel.points('queue.jobs')).toEqual([]);
      await asked.check();
      await later.check();
      expect(otel.logs('queue.health_check')).toEqual([]);
      expect(told.map((one) => one.split(':', 2)[1]).sort()).toEqual([
        " the monitor of queue 'later' could not look at it",
        ` the monitor of queue '${QUEUE}' could not look at it`,
      ]);
    },
  );

  test.each(['1', Number.NaN, {}])(
    'oldestAgeMillis() - that answers %o is the monitor’s trouble',
    async (age) => {
      const told = recordDiag();
      const { otel, queue } = startRig();
      queue.monitor({ depth, oldestAgeMillis: () => age as never });
      expect(await otel.points('queue.oldest.age')).toEqual([]);
      expect(told).toHaveLength(1);
      expect(told[0]).toContain(
        `the monitor of queue '${QUEUE}' could not look at it: TypeError: oldestAgeMillis`,
      );
    },
  );

  test('depth() - what it can not tell of one state is left out, the others stand', async () => {
    const told = recordDiag();
    const { otel, queue } = startRig();
    queue.monitor({ depth: () => ({ waiting: 5, delayed: Number.NaN, active: 1 }) });
    const points = await otel.points('queue.jobs');
    expect(points.map((p) => [p.labels['job.state'], p.value])).toEqual([
      ['waiting', 5],
      ['active', 1],
    ]);
    expect(told).toEqual([]);
  });

  test('closed() - that throws is told, and the monitor goes on', async () => {
    const told = recordDiag();
    const { otel, queue } = startRig();
    const closed = (): boolean => {
      throw new Error('who knows');
    };
    queue.monitor({ depth, closed });
    expect(await otel.points('queue.jobs')).toMatchObject([{ value: 5 }]);
    expect(told).toEqual([
      `signalbox: the monitor cannot find out whether queue '${QUEUE}' is closed: Error: who knows`,
    ]);
  });
});

/** What a shutdown says, in fake time. */
async function closing<T>(shutdown: Promise<T>): Promise<T> {
  await pass(1);
  return shutdown;
}
