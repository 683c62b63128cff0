import { describe, expect, test } from 'vitest';
import { recordDiag } from '../../support/otel.js';
import { gate, Rig, SECRET, until } from './rig.js';

const rig = new Rig();

async function depth(): Promise<Record<string, number>> {
  const points = await rig.otel.points('queue.jobs');
  return Object.fromEntries(points.map(({ labels, value }) => [String(labels['job.state']), value]));
}

async function age(): Promise<number | undefined> {
  return (await rig.otel.points('queue.oldest.age'))[0]?.value;
}

/** A monitor that looks anew each time it is asked. */
function monitor(options: Parameters<typeof rig.jobs.monitor>[1] = {}): ReturnType<typeof rig.jobs.monitor> {
  const watching = rig.jobs.monitor(rig.rawQueue(), options);
  rig.later(() => watching.stop());
  return watching;
}

describe('monitor()', () => {
  test('monitor() - refuses a misspelt option with the right name', () => {
    expect(() => rig.jobs.monitor(rig.queue(), { interval: 9 } as never)).toThrow(
      "there is no option 'interval'. Did you mean 'intervalMillis'?",
    );
  });

  test('depth by state, prioritized jobs among those that wait', async () => {
    const queue = rig.queue();
    const go = gate();
    rig.worker(() => go.opened);
    await queue.add('welcome', SECRET);
    await rig.told('job.started');
    await queue.add('welcome', SECRET);
    await queue.add('welcome', SECRET, { priority: 3 });
    await queue.add('welcome', SECRET, { delay: 60_000 });
    await rig.flows().add({
      name: 'welcome',
      queueName: rig.name,
      children: [{ name: 'child', queueName: `${rig.name}-b` }],
    });
    monitor();
    expect(await depth()).toEqual({ waiting: 2, active: 1, delayed: 1, blocked: 1, paused: 0 });
    go.open();
    await rig.told('job.completed', 3);
  });

  test('checks by itself each interval, until it is stopped', async () => {
    const watching = monitor({ intervalMillis: 20 });
    await until(() => rig.records('queue.health_check').length >= 2, 'two checks');
    watching.stop();
  });

  test('jobs of a paused queue are paused, and make no backlog', async () => {
    const queue = rig.queue();
    await queue.pause();
    for (let i = 0; i < 3; i++) await queue.add('welcome', SECRET);
    const watching = monitor({ backlog: { size: 2 } });
    await watching.check();
    expect(await depth()).toMatchObject({ waiting: 0, paused: 3 });
    expect(await age()).toBe(0);
    expect(rig.records('queue.backlog')).toEqual([]);
  });

  test('QUEUE_BACKLOG and QUEUE_HEALTH_CHECK tell what BullMQ counts', async () => {
    const queue = rig.queue();
    for (let i = 0; i < 3; i++) await queue.add('welcome', SECRET);
    await monitor({ backlog: { size: 2 } }).check();
    expect(rig.records('queue.backlog')).toMatchObject([{ 'queue.size': 3 }]);
    expect(rig.records('queue.health_check')).toMatchObject([{ 'queue.size': 3, 'queue.delayed': 0 }]);
  });

  test('the age is from when the oldest could first run: delay taken off, LIFO and priorities looked at', async () => {
    // Nobody noted when it was added: its timestamp is all that is known.
    const queue = rig.rawQueue();
    const past = Date.now() - 10_000;
    await queue.add('welcome', SECRET, { timestamp: past });
    await queue.add('welcome', SECRET, { lifo: true });
    monitor();
    expect(await age()).toBeCloseTo(10, 0);
    await queue.obliterate();
    await queue.resume();
    await queue.add('welcome', SECRET, { priority: 5, timestamp: past });
    await queue.add('welcome', SECRET, { priority: 1 });
    await until(async () => Math.round((await age()) ?? 0) === 10, 'the prioritized one is seen');
  });

  test('a delayed job that is due and that no worker takes has an age too; one that is not due has none', async () => {
    const queue = rig.queue();
    await queue.add('welcome', SECRET, { delay: 60_000 });
    monitor();
    expect(await age()).toBe(0);
    await queue.add('welcome', SECRET, { delay: 1, timestamp: Date.now() - 5_000 });
    await until(async () => Number(await age()) >= 5, 'it is due');
  });

  test('an age that is not known is left out: only jobs that ran before wait', async () => {
    const queue = rig.queue();
    const worker = rig.worker(async () => {
      throw new Error('not yet');
    });
    await queue.add('welcome', SECRET, { attempts: 2, backoff: 60_000 });
    await rig.told('job.retrying');
    await worker.close();
    await queue.promoteJobs();
    monitor();
    expect(await depth()).toMatchObject({ waiting: 1 });
    expect(await age()).toBeUndefined();
  });

  test('a store that is gone is reported, and nothing rejects', async () => {
    const told = recordDiag();
    const queue = rig.rawQueue({ connection: { ...rig.connection, enableOfflineQueue: false } });
    const watching = rig.jobs.monitor(queue);
    rig.later(() => watching.stop());
    await queue.waitUntilReady();
    await queue.disconnect();
    await watching.check();
    expect(told.join()).toContain(rig.name);
  });
});
