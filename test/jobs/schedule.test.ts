import { when } from 'signalbox';
import { createJobs, SCHEDULE_MISSED } from 'signalbox/jobs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { pass, useFakeTime, useRealTime } from '../examples/queue/fake-time.js';
import { recordDiag, resetOtel } from '../support/otel.js';
import type { Rig } from './rig.js';
import { GIVE_UP, RETRY, recorded, startRig } from './rig.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let rig: Rig;

beforeEach(() => {
  useFakeTime();
  rig = startRig({ types: ['report'] });
});
afterEach(() => {
  useRealTime();
  resetOtel();
});

function run(id: string): void {
  rig.queue.attempt({ job: { id, type: 'report' }, number: 1 }).completed();
}

function missed(): unknown[] {
  return rig.otel.logs('schedule.missed').map(({ attributes }) => attributes['schedule.missed']);
}

async function age(): Promise<number | undefined> {
  const [point] = await rig.otel.points('schedule.last_completed.age');
  return point?.value;
}

describe('schedule() - an interval', () => {
  test('schedule() - tells a tick that did not come, once its grace is over', async () => {
    const before = Date.now();
    rig.jobs.schedule('report', { everyMillis: HOUR, graceMillis: MINUTE });
    await pass(HOUR + MINUTE - 1000);
    expect(missed()).toEqual([]);
    await pass(2000);
    expect(recorded(rig.otel, 'schedule.missed')).toEqual({
      'schedule.name': 'report',
      'schedule.missed': 1,
      'schedule.due_at': new Date(before + HOUR).toISOString(),
    });
    const [record] = rig.otel.logs('schedule.missed');
    expect(record).toMatchObject({ severityText: 'ERROR', body: 'Schedule missed: report' });
  });

  test('schedule() - is quiet while it comes, whatever its phase', async () => {
    rig.jobs.schedule('report', { everyMillis: HOUR, graceMillis: MINUTE });
    await pass(17 * MINUTE);
    for (let i = 0; i < 5; i++) {
      run(`job-${i}`);
      await pass(HOUR);
    }
    expect(missed()).toEqual([]);
  });

  test('schedule() - tells each tick of an outage, at most once a minute, with how many they are', async () => {
    rig.jobs.schedule('report', { everyMillis: 10_000, graceMillis: 1000 });
    await pass(5 * MINUTE);
    const told = missed() as number[];
    expect(told.length).toBeLessThanOrEqual(5);
    expect(told.reduce((sum, one) => sum + one, 0)).toBeGreaterThanOrEqual(24);
    await pass(MINUTE);
    const [point] = await rig.otel.points('schedule.missed');
    const sum = (missed() as number[]).reduce((all, one) => all + one, 0);
    expect(point?.value).toBe(sum);
    expect(point?.labels).toEqual({ 'messaging.system.name': 'signalbox', 'schedule.name': 'report' });
  });

  test('schedule() - a run that goes on over its next ticks is no miss, and the next one is counted from its end', async () => {
    rig.jobs.schedule('report', { everyMillis: HOUR, graceMillis: MINUTE });
    const attempt = rig.queue.attempt({ job: { id: 'long', type: 'report' }, number: 1 });
    await pass(5 * HOUR);
    attempt.failed(new Error('no'), GIVE_UP);
    await pass(HOUR);
    expect(missed()).toEqual([]);
    await pass(2 * MINUTE);
    expect(missed()).toEqual([1]);
  });

  test('schedule() - a job whose id is that of the tick before is a tick of its own', async () => {
    rig.jobs.schedule('report', { everyMillis: HOUR, graceMillis: MINUTE });
    for (let i = 0; i < 3; i++) {
      rig.queue.queued({ id: 'report', type: 'report' });
      run('report');
      await pass(50 * MINUTE);
    }
    expect(missed()).toEqual([]);
  });

  test('schedule() - jobs that are put in here under one id and run elsewhere are a tick each', async () => {
    rig.jobs.schedule('report', { everyMillis: HOUR, graceMillis: MINUTE });
    for (let i = 0; i < 3; i++) {
      rig.queue.queued({ id: 'report', type: 'report' });
      await pass(HOUR);
    }
    expect(missed()).toEqual([]);
  });

  test('schedule() - an attempt without a number is no tick where its job was counted', async () => {
    rig.jobs.schedule('report', { everyMillis: HOUR, graceMillis: MINUTE });
    for (let i = 0; i < 2; i++) {
      rig.queue.attempt({ job: { id: 'again', type: 'report' } }).failed(new Error('no'), RETRY);
      await pass(HOUR - MINUTE);
    }
    await pass(3 * MINUTE);
    expect(missed()).toEqual([1]);
  });

  test('schedule() - a retry is no tick', async () => {
    rig.jobs.schedule('report', { everyMillis: HOUR, graceMillis: MINUTE });
    rig.queue.attempt({ job: { id: 'a', type: 'report' }, number: 1 }).failed(new Error('no'), RETRY);
    await pass(30 * MINUTE);
    rig.queue.attempt({ job: { id: 'a', type: 'report' }, number: 2 }).failed(new Error('no'), GIVE_UP);
    await pass(32 * MINUTE);
    expect(missed()).toEqual([1]);
  });
});

describe('schedule() - a cron expression', () => {
  test('schedule() - tells the tick that did not come, and none from before it was made', async () => {
    vi.setSystemTime(Date.UTC(2026, 5, 1, 12));
    await pass(1);
    rig.queue.now();
    await pass(5 * MINUTE);
    rig.jobs.schedule('report', { cron: '0 3 * * *', timeZone: 'UTC', graceMillis: 10 * MINUTE });
    await pass(14 * HOUR);
    expect(missed()).toEqual([]);
    await pass(2 * HOUR);
    expect(recorded(rig.otel, 'schedule.missed')).toMatchObject({
      'schedule.missed': 1,
      'schedule.due_at': '2026-06-02T03:00:00.000Z',
    });
  });

  test('schedule() - a job that is put in at its tick is the tick, whenever it begins', async () => {
    const schedule = rig.jobs.schedule('report', { cron: '0 * * * *', graceMillis: MINUTE });
    for (let i = 0; i < 3; i++) {
      await pass(HOUR - (Date.now() % HOUR));
      rig.queue.enqueue({ id: `${i}`, type: 'report' }).accepted();
    }
    await pass(5 * MINUTE);
    expect(missed()).toEqual([]);
    schedule.stop();
  });

  test('schedule() - a job that is put in for later, and one of another type or queue, is no tick', async () => {
    rig.jobs.schedule('report', { cron: '0 * * * *', graceMillis: MINUTE });
    await pass(HOUR - (Date.now() % HOUR));
    rig.queue.enqueue({ id: '1', type: 'report' }).accepted({ runnableAt: rig.queue.now() + HOUR });
    rig.queue.enqueue({ id: '2', type: 'welcome' }).accepted();
    rig.queue.queued({ id: '3', type: 'welcome' });
    await pass(2 * MINUTE);
    expect(missed()).toEqual([1]);
  });

  test('schedule() - one that comes late takes back no miss', async () => {
    rig.jobs.schedule('report', { cron: '0 * * * *', graceMillis: MINUTE });
    await pass(HOUR - (Date.now() % HOUR) + 2 * MINUTE);
    run('late');
    await pass(10 * MINUTE);
    expect(missed()).toEqual([1]);
  });

  test('schedule() - what was put in, and began when the next tick was due, is one tick', async () => {
    rig.jobs.schedule('report', { cron: '0 * * * *', graceMillis: MINUTE });
    await pass(HOUR - (Date.now() % HOUR));
    rig.queue.enqueue({ id: '1', type: 'report' }).accepted();
    await pass(HOUR);
    const attempt = rig.queue.attempt({ job: { id: '1', type: 'report' }, number: 1 });
    attempt.completed();
    await pass(2 * MINUTE);
    // The run was over before the grace was: what fell due while it ran is no miss.
    expect(missed()).toEqual([]);
  });

  test('schedule() - ticks that the clock was set over are no miss', async () => {
    rig.jobs.schedule('report', { cron: '*/10 * * * *', graceMillis: MINUTE });
    await pass(1000);
    vi.setSystemTime(Date.now() + 5 * HOUR);
    await pass(MINUTE);
    expect(missed()).toEqual([]);
    await pass(12 * MINUTE);
    expect(missed()).toEqual([1]);
  });

  test('schedule() - an interval is watched at once again where the clock was set back', async () => {
    rig.jobs.schedule('report', { everyMillis: HOUR, graceMillis: MINUTE });
    await pass(10 * MINUTE);
    run('once');
    vi.setSystemTime(Date.now() - 24 * HOUR);
    await pass(HOUR);
    expect(missed()).toEqual([]);
    await pass(3 * MINUTE);
    expect(missed()).toEqual([1]);
  });

  test('schedule() - stopped while it tells, it leaves no timer', async () => {
    const timers = vi.getTimerCount();
    const schedule = rig.jobs.schedule('report', { everyMillis: HOUR, graceMillis: MINUTE });
    const stop = (): boolean => {
      schedule.stop();
      return true;
    };
    rig.box.route({ signals: when(SCHEDULE_MISSED, stop), to: 'otel' });
    await pass(2 * HOUR);
    expect(missed()).toEqual([1]);
    expect(vi.getTimerCount()).toBe(timers);
  });

  test('schedule() - a clock that is set back makes no miss', async () => {
    rig.jobs.schedule('report', { cron: '*/10 * * * *', graceMillis: MINUTE });
    for (let i = 0; i < 3; i++) {
      await pass(10 * MINUTE - (Date.now() % (10 * MINUTE)));
      run(`${i}`);
    }
    vi.setSystemTime(Date.now() - HOUR);
    await pass(30 * MINUTE);
    expect(missed()).toEqual([]);
  });
});

describe('the age of the last good end', () => {
  test('schedule() - is not told before one ended well, and grows from then on', async () => {
    rig.jobs.schedule('report', { everyMillis: HOUR, graceMillis: MINUTE });
    rig.queue.attempt({ job: { id: 'a', type: 'report' }, number: 1 }).failed(new Error('no'), GIVE_UP);
    expect(await age()).toBeUndefined();
    run('b');
    await pass(90_000);
    expect(await age()).toBeCloseTo(90, 0);
    rig.queue.completed({ id: 'c', type: 'report' });
    await pass(5000);
    expect(await age()).toBeCloseTo(5, 0);
  });

  test('schedule() - can be told what is not seen here', async () => {
    const schedule = rig.jobs.schedule('elsewhere', { everyMillis: HOUR, graceMillis: MINUTE });
    schedule.completed(rig.queue.now() - 30_000);
    await pass(40 * MINUTE);
    schedule.came();
    await pass(50 * MINUTE);
    expect(await age()).toBeCloseTo(90 * 60 + 30, 0);
    expect(missed()).toEqual([]);
    schedule.came(Number.NaN);
    schedule.completed('soon' as never);
    expect(await age()).toBeCloseTo(0, 0);
  });

  test('stop() - ends the watch and its gauge, and frees its name', async () => {
    const schedule = rig.jobs.schedule('report', { everyMillis: HOUR, graceMillis: MINUTE });
    run('a');
    schedule.stop();
    await pass(3 * HOUR);
    expect(missed()).toEqual([]);
    schedule.stop();
    rig.jobs.schedule('report', { everyMillis: HOUR, graceMillis: MINUTE }).stop();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('whose jobs they are', () => {
  test('schedule() - of a queue without types, all its jobs', async () => {
    const queue = rig.jobs.queue('cleanup');
    rig.jobs.schedule('cleanup', { everyMillis: HOUR, graceMillis: MINUTE });
    await pass(30 * MINUTE);
    queue.attempt({ job: { id: 'a' }, number: 1 }).completed();
    await pass(45 * MINUTE);
    expect(missed()).toEqual([]);
  });

  test('schedule() - of a queue and type that are given, no others', async () => {
    rig.jobs.schedule('nightly', { everyMillis: HOUR, graceMillis: MINUTE, queue: 'mail', type: 'report' });
    rig.jobs.schedule('other', { everyMillis: HOUR, graceMillis: MINUTE, queue: 'else', type: 'report' });
    await pass(30 * MINUTE);
    run('a');
    await pass(32 * MINUTE);
    expect(rig.otel.logs('schedule.missed').map(({ attributes }) => attributes)).toMatchObject([
      { 'schedule.name': 'other', 'messaging.destination.name': 'else' },
    ]);
  });

  test('schedule() - of another system, none', async () => {
    createJobs(rig.box, { system: 'mine' }).schedule('report', { everyMillis: HOUR, graceMillis: MINUTE });
    await pass(30 * MINUTE);
    run('a');
    await pass(32 * MINUTE);
    expect(missed()).toEqual([1]);
  });
});

describe('misuse', () => {
  const every = { everyMillis: HOUR };
  test.each([
    [{}, /neither `everyMillis` nor `cron` is given/],
    [{ ...every, cron: '* * * * *' }, /`everyMillis` is 3600000 and `cron` is '\* \* \* \* \*'\. Give one/],
    [{ ...every, timeZone: 'UTC' }, /An interval has no time zone/],
    [{ cron: 'often' }, /`cron` is 'often'\. Give five fields/],
    [{ cron: '* * * * *', timeZone: 'Mars' }, /`timeZone` is 'Mars'/],
    [{ ...every, graceMillis: 0 }, /`graceMillis` is 0\. Give milliseconds/],
    [{ everyMillis: -1 }, /`everyMillis` is -1\. Give milliseconds/],
    [{ ...every, queue: '' }, /`queue` is ''\. Give a non-empty string/],
    [{ ...every, graceMilis: 5 }, /there is no option 'graceMilis'\. Did you mean 'graceMillis'/],
  ])('schedule() - refuses %j by a sentence', (options, sentence) => {
    expect(() => rig.jobs.schedule('report', options as never)).toThrow(sentence);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('schedule() - refuses a name that is none, and one that is watched already', () => {
    expect(() => rig.jobs.schedule('', every)).toThrow(/schedule: name is ''\. Give a non-empty string/);
    rig.jobs.schedule('report', every);
    expect(() => rig.jobs.schedule('report', every)).toThrow(/this process watches the schedule already/);
  });

  test('schedule() - refuses more than a box watches', () => {
    for (let i = 0; i < 500; i++) rig.jobs.schedule(`s-${i}`, every);
    expect(() => rig.jobs.schedule('one more', every)).toThrow(/the box watches 500 schedules already/);
  });
});

describe('a disabled box', () => {
  test('schedule() - tells nothing of it', async () => {
    rig.jobs.schedule('report', { everyMillis: HOUR, graceMillis: MINUTE });
    rig.box.disable();
    await pass(5 * HOUR);
    expect(missed()).toEqual([]);
  });
});

describe('a box that is shut down', () => {
  test('schedule() - looks no more, and leaves no timer', async () => {
    const timers = vi.getTimerCount();
    rig.jobs.schedule('report', { everyMillis: HOUR, graceMillis: MINUTE });
    await rig.box.shutdown();
    expect(vi.getTimerCount()).toBe(timers);
    await pass(5 * HOUR);
    expect(missed()).toEqual([]);
  });
});

describe('monitor({ schedules })', () => {
  test('monitor() - watches what is listed, and no tick from before', async () => {
    const diag = recordDiag();
    let cameAt = rig.queue.now();
    const listed = { name: 'nightly', everyMillis: HOUR, idPrefix: 'n:' };
    let list = [{ ...listed, cameAt }];
    const monitor = rig.queue.monitor({
      depth: () => ({ waiting: 0 }),
      schedules: () => list,
      scheduleGraceMillis: 10 * MINUTE,
    });
    await pass(MINUTE);
    for (let i = 0; i < 3; i++) {
      await pass(HOUR);
      cameAt += HOUR;
      list = [{ ...listed, cameAt }];
    }
    await pass(HOUR);
    expect(missed()).toEqual([]);
    await pass(12 * MINUTE);
    expect(recorded(rig.otel, 'schedule.missed')).toMatchObject({
      'schedule.name': 'nightly',
      'messaging.destination.name': 'mail',
    });

    rig.queue.attempt({ job: { id: 'n:1', type: 'report' }, number: 1 }).completed();
    rig.queue.attempt({ job: { id: 'm:1', type: 'report' }, number: 1 }).completed();
    await pass(60_000);
    expect(await age()).toBeCloseTo(60, 0);
    list = [];
    await pass(MINUTE);
    expect(await age()).toBe(0);
    monitor.stop();
    expect(diag).toEqual([]);
  });

  test.each([{}, { queue: 'mail' }])(
    'monitor() - one that the app watches itself, by %j, is told once',
    async (of) => {
      rig.jobs.schedule('nightly', { everyMillis: HOUR, graceMillis: MINUTE, ...of });
      const monitor = rig.queue.monitor({
        depth: () => ({ waiting: 0 }),
        schedules: () => [{ name: 'nightly', everyMillis: HOUR }],
        scheduleGraceMillis: MINUTE,
      });
      await pass(HOUR + 5 * MINUTE);
      expect(missed()).toEqual([1]);
      monitor.stop();
    },
  );

  test.each([{}, { queue: 'mail' }])(
    'schedule() - of one that a monitor watches already, by %j, takes its place and is told once',
    async (of) => {
      const monitor = rig.queue.monitor({
        depth: () => ({ waiting: 0 }),
        schedules: () => [{ name: 'nightly', everyMillis: HOUR }],
        scheduleGraceMillis: MINUTE,
      });
      await pass(5 * MINUTE);
      rig.jobs.schedule('nightly', { everyMillis: HOUR, graceMillis: MINUTE, ...of });
      await pass(HOUR + 5 * MINUTE);
      expect(missed()).toEqual([1]);
      monitor.stop();
    },
  );

  test('monitor() - one that is removed, held or paused is no miss, and one that was changed begins anew', async () => {
    let paused = false;
    let list: readonly { name: string; everyMillis: number; isRunning?: boolean }[] = [];
    rig.queue.monitor({
      depth: () => ({ waiting: 0 }),
      paused: () => paused,
      schedules: () => list,
      scheduleGraceMillis: MINUTE,
    });
    list = [{ name: 'a', everyMillis: HOUR }];
    await pass(50 * MINUTE);
    list = [];
    await pass(HOUR);
    list = [{ name: 'a', everyMillis: HOUR, isRunning: true }];
    await pass(3 * HOUR);
    list = [{ name: 'a', everyMillis: HOUR }];
    await pass(30 * MINUTE);
    list = [{ name: 'a', everyMillis: 2 * HOUR }];
    await pass(HOUR);
    paused = true;
    await pass(5 * HOUR);
    expect(missed()).toEqual([]);
    paused = false;
    await pass(2 * HOUR + 2 * MINUTE);
    expect(missed()).toEqual([1]);
  });

  test('monitor() - one that can not be read is reported, and the others are watched', async () => {
    const diag = recordDiag();
    rig.queue.monitor({
      depth: () => ({ waiting: 0 }),
      schedules: () => [
        { name: 'rule', cron: 'FREQ=DAILY' },
        { name: 'good', everyMillis: HOUR },
        undefined as never,
      ],
      scheduleGraceMillis: MINUTE,
    });
    await pass(HOUR + 2 * MINUTE);
    expect(missed()).toEqual([1]);
    expect(diag.join('\n')).toContain("`cron` is 'FREQ=DAILY'");
  });

  test('monitor() - of a list that can not be had, depth and age are told all the same', async () => {
    const diag = recordDiag();
    rig.queue.monitor({
      depth: () => ({ waiting: 3 }),
      schedules: () => Promise.reject(new Error('no list')),
    });
    await pass(16_000);
    expect(recorded(rig.otel, 'queue.health_check')).toMatchObject({ 'queue.size': 3 });
    expect(diag.join('\n')).toContain('no list');
  });

  test('monitor() - watches a hundred of a queue, and says that there are more', async () => {
    const diag = recordDiag();
    rig.queue.monitor({
      depth: () => ({ waiting: 0 }),
      schedules: () =>
        Array.from({ length: 150 }, (_, i) => ({ name: `s-${i}`, everyMillis: HOUR, cameAt: 1 })),
      scheduleGraceMillis: MINUTE,
    });
    await pass(HOUR + 2 * MINUTE);
    expect(missed()).toHaveLength(100);
    expect(diag.join('\n')).toContain('more schedules than the box watches');
  });

  test('monitor() - refuses a grace that is none; with false it watches none', async () => {
    const depth = () => ({ waiting: 0 });
    expect(() => rig.queue.monitor({ depth, scheduleGraceMillis: -1 })).toThrow(
      /`scheduleGraceMillis` is -1/,
    );
    rig.queue.monitor({
      depth,
      scheduleGraceMillis: false,
      schedules: () => [{ name: 'a', everyMillis: HOUR }],
    });
    await pass(6 * HOUR);
    expect(missed()).toEqual([]);
  });
});
