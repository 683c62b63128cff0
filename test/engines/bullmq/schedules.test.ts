import { describe, expect, test } from 'vitest';
import { recordDiag } from '../../support/otel.js';
import { gate, Rig, until } from './rig.js';

const rig = new Rig();

function missed(): unknown[] {
  return rig.records('schedule.missed').map((attributes) => attributes['schedule.name']);
}

async function ages(): Promise<Record<string, number>> {
  const points = await rig.otel.points('schedule.last_completed.age');
  return Object.fromEntries(points.map(({ labels, value }) => [String(labels['schedule.name']), value]));
}

describe('monitor() - job schedulers', () => {
  test('monitor() - tells a tick that no worker took, of an interval and of a cron expression', async () => {
    const queue = rig.queue();
    const monitor = rig.jobs.monitor(queue, { scheduleGraceMillis: 200 });
    await queue.upsertJobScheduler('often', { every: 500 }, { name: 'welcome' });
    await queue.upsertJobScheduler('secondly', { pattern: '* * * * * *' }, { name: 'welcome' });
    await until(async () => {
      await monitor.check();
      return missed().length >= 2;
    }, 'both are missed');
    expect([...missed()].sort()).toEqual(['often', 'secondly']);
    expect(rig.records('schedule.missed')[0]).toMatchObject({
      'messaging.destination.name': rig.name,
      'schedule.missed': expect.any(Number),
    });
    monitor.stop();
  });

  test('monitor() - tells none while a worker takes them, and how long ago one ended well, also in another process', async () => {
    const queue = rig.queue();
    const monitor = rig.jobs.monitor(queue, { scheduleGraceMillis: 5000 });
    await queue.upsertJobScheduler('often', { every: 300 }, { name: 'welcome' });
    await monitor.check();
    const other = rig.process({ types: ['welcome'] });
    rig.worker(async () => 'done', {}, other.jobs);
    await rig.told('job.completed', 4);
    await until(async () => {
      await monitor.check();
      return (await ages()).often !== undefined;
    }, 'the age is known');
    expect((await ages()).often).toBeLessThan(30);
    expect(missed()).toEqual([]);
    monitor.stop();
  });

  test('monitor() - one that ends well at its second attempt, in another process, ended well', async () => {
    const queue = rig.queue();
    const monitor = rig.jobs.monitor(queue);
    await queue.upsertJobScheduler('often', { every: 300 }, { name: 'welcome', opts: { attempts: 2 } });
    await monitor.check();
    rig.rawWorker(async (job) => {
      if (job.attemptsMade === 0) throw new Error('not yet');
    });
    await until(async () => {
      await monitor.check();
      return (await ages()).often !== undefined;
    }, 'the age is known');
    monitor.stop();
  });

  test('monitor() - one that runs longer than its interval is no miss while it runs', async () => {
    const queue = rig.queue();
    const held = gate();
    const monitor = rig.jobs.monitor(queue, { scheduleGraceMillis: 100 });
    rig.later(() => held.open());
    rig.rawWorker(() => held.opened);
    await queue.upsertJobScheduler('often', { every: 200 }, { name: 'welcome' });
    await until(async () => (await queue.getActiveCount()) === 1, 'it runs');
    await monitor.check();
    const due = (await queue.getJobScheduler('often'))?.next ?? 0;
    await until(() => Date.now() > due + 1000, 'the next is long due');
    await monitor.check();
    expect(missed()).toEqual([]);
    held.open();
    monitor.stop();
  });

  test('monitor() - while the queue is paused, and once a scheduler is removed, nothing is missed', async () => {
    const queue = rig.queue();
    const monitor = rig.jobs.monitor(queue, { scheduleGraceMillis: 100 });
    await queue.pause();
    await queue.upsertJobScheduler('often', { every: 200 }, { name: 'welcome' });
    await monitor.check();
    const due = (await queue.getJobScheduler('often'))?.next ?? 0;
    await until(() => Date.now() > due + 800, 'it is long due');
    await monitor.check();
    await queue.removeJobScheduler('often');
    await queue.resume();
    await monitor.check();
    expect(missed()).toEqual([]);
    expect(await ages()).toEqual({});
    monitor.stop();
  });

  test('monitor() - one whose limit is reached is over, not missed', async () => {
    const queue = rig.queue();
    const monitor = rig.jobs.monitor(queue, { scheduleGraceMillis: 100 });
    rig.rawWorker(async () => 'done');
    await queue.upsertJobScheduler('twice', { every: 200, limit: 2 }, { name: 'welcome' });
    await until(async () => (await queue.getCompletedCount()) === 2, 'both ran');
    const end = Date.now();
    await until(async () => {
      await monitor.check();
      return Date.now() > end + 1000;
    }, 'a third would be missed');
    expect(missed()).toEqual([]);
    monitor.stop();
  });

  test('monitor() - with scheduleGraceMillis false, asks for none', async () => {
    const diag = recordDiag();
    const queue = rig.rawQueue();
    queue.getJobSchedulers = () => Promise.reject(new Error('asked'));
    const off = rig.jobs.monitor(queue, { scheduleGraceMillis: false });
    await off.check();
    off.stop();
    expect(diag.join('\n')).not.toContain('asked');
    const on = rig.jobs.monitor(queue);
    await on.check();
    on.stop();
    expect(diag.join('\n')).toContain('asked');
  });
});

describe('schedule()', () => {
  test('schedule() - knows jobs by their name, and tells when they do not come', async () => {
    const queue = rig.queue();
    const schedule = rig.jobs.schedule('welcome', { everyMillis: 2000, graceMillis: 1000 });
    rig.later(() => schedule.stop());
    rig.worker(async () => 'done');
    await queue.add('welcome', { to: 'ada' });
    await rig.told('job.completed');
    expect(await ages()).toEqual({ welcome: expect.any(Number) });
    const [told] = await rig.told('schedule.missed');
    expect(told).toMatchObject({ 'schedule.name': 'welcome', 'schedule.missed': 1 });
  });
});

describe('progress', () => {
  test('job.updateProgress() - is JOB_PROGRESS of its attempt, at most once a second', async () => {
    const queue = rig.queue();
    rig.worker(async (job) => {
      for (let percent = 0; percent < 50; percent++) await job.updateProgress(percent);
      await job.updateProgress({ secret: 'secret-payload' });
    });
    await queue.add('welcome', { to: 'ada' });
    await rig.told('job.completed');
    const told = rig.records('job.progress');
    expect(told.length).toBeGreaterThanOrEqual(1);
    expect(told.length).toBeLessThan(50);
    expect(told[0]).toMatchObject({
      'job.type': 'welcome',
      'job.progress.value': 0,
      'job.progress.reports': 1,
      'job.attempt.number': 1,
    });
    const [attempt] = rig.attempts();
    expect(attempt?.events.map(({ name }) => name)).toContain('job.progress');
    expect(await rig.everything()).not.toContain('secret-payload');
  });
});
