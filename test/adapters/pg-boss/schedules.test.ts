import { setTimeout as pause } from 'node:timers/promises';
import type { ConstructorOptions } from 'pg-boss';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { recordDiag } from '../../support/otel.js';
import { useRig } from './rig.js';

const rig = useRig();

/** Ticks come by themselves. */
const TICKS: Partial<ConstructorOptions> = {
  schedule: true,
  cronMonitorIntervalSeconds: 1,
  cronWorkerIntervalSeconds: 1,
};

afterEach(() => {
  vi.useRealTimers();
});

async function age(queue: string): Promise<number | undefined> {
  const points = await rig.otel.points('schedule.last_completed.age');
  return points.find(({ labels }) => labels['messaging.destination.name'] === queue)?.value;
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    if (await holds()) return;
    await pause(50);
  }
  throw new Error('it does not hold');
}

/** Lets both clocks go on, and no timer. */
function passClocks(millis: number): void {
  vi.advanceTimersByTime(millis);
}

describe('monitor() - schedules', () => {
  test('monitor() - tells how long ago a schedule ended well, and no miss while its ticks come', async () => {
    const queue = await rig.newQueue();
    const ticking = rig.plain(TICKS);
    await ticking.start();
    const monitor = rig.jobs.monitor(rig.boss, queue);
    await monitor.check();
    await ticking.schedule(queue, '* * * * *', null, { key: 'minutely' });
    await ticking.work(queue, { pollingIntervalSeconds: 0.5 }, async () => undefined);
    await until(async () => {
      await monitor.check();
      return (await age(queue)) !== undefined;
    });
    expect(await age(queue)).toBeLessThan(60);
    expect(rig.records(queue, 'schedule.missed')).toEqual([]);
    const points = await rig.otel.points('schedule.last_completed.age');
    expect(points.at(-1)?.labels).toMatchObject({
      'messaging.system.name': 'pg-boss',
      'schedule.name': 'minutely',
    });
    monitor.stop();
    await ticking.unschedule(queue, 'minutely');
    await ticking.stop({ graceful: false });
  }, 60_000);

  test('monitor() - tells a tick that nobody sent, once', async () => {
    const queue = await rig.newQueue();
    await rig.boss.schedule(queue, '* * * * *');
    vi.useFakeTimers({ toFake: ['Date', 'performance'], now: Date.now() });
    const monitor = rig.jobs.monitor(rig.boss, queue, { scheduleGraceMillis: 30_000 });
    await monitor.check();
    expect(rig.records(queue, 'schedule.missed')).toEqual([]);
    passClocks(91_000);
    await monitor.check();
    await monitor.check();
    const [told, ...more] = rig.records(queue, 'schedule.missed');
    expect(told?.attributes).toMatchObject({ 'schedule.name': queue, 'schedule.missed': 1 });
    expect(more).toEqual([]);
    monitor.stop();
    await rig.boss.unschedule(queue);
  });

  test('monitor() - while the last job of a schedule waits or runs, nothing is missed', async () => {
    const queue = await rig.newQueue();
    await rig.boss.schedule(queue, '* * * * *');
    const id = await rig.boss.send(queue, {});
    await rig.pglite.query('UPDATE pgboss.schedule SET last_job_id = $1 WHERE name = $2', [id, queue]);
    vi.useFakeTimers({ toFake: ['Date', 'performance'], now: Date.now() });
    const monitor = rig.jobs.monitor(rig.boss, queue, { scheduleGraceMillis: 30_000 });
    await monitor.check();
    passClocks(300_000);
    await monitor.check();
    expect(rig.records(queue, 'schedule.missed')).toEqual([]);
    monitor.stop();
    await rig.boss.unschedule(queue);
  });

  test('monitor() - a recurrence rule is reported, and not watched', async () => {
    const diag = recordDiag();
    const queue = await rig.newQueue();
    await rig.boss.schedule(queue, 'FREQ=DAILY;BYHOUR=3');
    const monitor = rig.jobs.monitor(rig.boss, queue);
    await monitor.check();
    expect(diag.join('\n')).toContain('the box does not watch a schedule that the engine lists');
    monitor.stop();
    await rig.boss.unschedule(queue);
  });

  test('monitor() - of a release that does not say which job came of a schedule, none is watched', async () => {
    const queue = await rig.newQueue();
    const old = rig.observed();
    await old.start();
    const list = old.getSchedules.bind(old);
    old.getSchedules = (async (name?: string) =>
      (await list(name)).map(({ lastJobId: _none, ...schedule }) => schedule)) as typeof old.getSchedules;
    await old.schedule(queue, '* * * * *');
    vi.useFakeTimers({ toFake: ['Date', 'performance'], now: Date.now() });
    const monitor = rig.jobs.monitor(old, queue, { scheduleGraceMillis: 1000 });
    await monitor.check();
    passClocks(300_000);
    await monitor.check();
    expect(rig.records(queue, 'schedule.missed')).toEqual([]);
    monitor.stop();
    await rig.boss.unschedule(queue);
  });
});

describe('schedule()', () => {
  test('schedule() - knows the jobs of a queue that is called as it is', async () => {
    const queue = await rig.newQueue();
    const schedule = rig.jobs.schedule(queue, { everyMillis: 3_600_000 });
    await rig.boss.work(queue, { pollingIntervalSeconds: 0.5 }, async () => undefined);
    await rig.boss.send(queue, {});
    await until(() => rig.records(queue, 'job.completed').length === 1);
    const points = await rig.otel.points('schedule.last_completed.age');
    expect(points.map(({ labels }) => labels['schedule.name'])).toContain(queue);
    schedule.stop();
  });
});
