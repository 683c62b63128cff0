import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { recordDiag } from '../../support/otel.js';
import { QUICK, until, useRig } from './rig.js';

const rig = useRig();

describe('queues of one name in two schemas', () => {
  test('boss() - are told apart by their namespace: spans, records, counters and monitors', async () => {
    const queue = `q-${randomUUID()}`;
    const other = rig.observed({ schema: 'tenant' });
    await other.start();
    const bosses = [rig.boss, other];
    for (const boss of bosses) {
      await boss.createQueue(queue);
      await boss.work(queue, QUICK, async () => undefined);
    }
    await other.send(queue, {});
    await other.send(queue, {});
    await rig.boss.send(queue, {});
    await until('ends', () => rig.records(queue, 'job.completed').length === 3);
    for (const boss of bosses) await boss.offWork(queue);
    await other.insert(queue, [{}, {}]);
    const monitors = bosses.map((boss) => rig.jobs.monitor(boss, queue));
    for (const monitor of monitors) await monitor.check();
    const points = async (name: string) =>
      (await rig.otel.points(name))
        .filter(({ labels }) => labels['messaging.destination.name'] === queue)
        .map(({ labels, value }) => [labels['queue.namespace'], labels['job.state'], value]);
    expect((await points('job.enqueued')).sort()).toEqual(
      [
        ['tenant', undefined, 4],
        [undefined, undefined, 1],
      ].sort(),
    );
    const depths = (await points('queue.jobs')).filter(([, state]) => state === 'waiting');
    expect(new Set(depths.map(String))).toEqual(new Set(['tenant,waiting,2', ',waiting,0']));
    for (const monitor of monitors) monitor.stop();
    const spaces = rig.spans(queue, 'process').map(({ attributes }) => attributes['queue.namespace']);
    expect(spaces.sort()).toEqual(['tenant', 'tenant', undefined]);
  });

  test('publish() - what it sends in another schema is told there', async () => {
    const queue = `q-${randomUUID()}`;
    const other = rig.observed({ schema: 'tenant' });
    await other.start();
    await other.createQueue(queue);
    await other.subscribe('said', queue);
    await other.publish('said', {});
    const [queued] = rig.records(queue, 'job.queued');
    expect(queued?.attributes['queue.namespace']).toBe('tenant');
  });

  test('monitor() - a queue that another process makes anew, with a table of its own, is still counted', async () => {
    const queue = `q-${randomUUID()}`;
    await rig.boss.createQueue(queue);
    await rig.boss.send(queue, {});
    const told = recordDiag();
    const monitor = rig.jobs.monitor(rig.boss, queue, { reconcile: false });
    const other = rig.plain();
    await other.start();
    for (const [options, jobs] of [
      [{ partition: true }, 4],
      [{}, 2],
    ] as const) {
      await monitor.check();
      await other.deleteQueue(queue);
      await other.createQueue(queue, options);
      await other.insert(
        queue,
        Array.from({ length: jobs }, () => ({})),
      );
      await until('a look that sees them', async () => {
        await monitor.check();
        const health = rig.records(queue, 'queue.health_check').at(-1);
        return health?.attributes['queue.size'] === jobs;
      });
    }
    monitor.stop();
    expect(told).toEqual([]);
  });
});
