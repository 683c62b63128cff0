import { PgBoss } from 'pg-boss';
import { createSignalbox } from 'signalbox';
import { pgBossJobs } from 'signalbox/pg-boss';
import { expect, test } from 'vitest';
import { recordDiag } from '../../support/otel.js';
import { useRig } from './rig.js';

const rig = useRig();

test.each([
  ['the observed boss', 'one'],
  ['the boss itself', 'two'],
])(
  'a monitor stops when %s is stopped, and nothing is told or lost',
  async (which, queue) => {
    const box = createSignalbox();
    const jobs = pgBossJobs(box);
    const own = new PgBoss(jobs.options(rig.options()));
    own.on('error', () => undefined);
    const boss = jobs.boss(own);
    await boss.start();
    await boss.createQueue(queue);
    const monitor = jobs.monitor(boss, queue);
    await monitor.check();
    expect(rig.records(queue, 'queue.health_check')).toHaveLength(1);
    const told = recordDiag();
    await (which === 'the observed boss' ? boss : own).stop({ graceful: false });
    await rig.otel.metrics();
    await monitor.check();
    expect(rig.records(queue, 'queue.health_check')).toHaveLength(1);
    expect(told).toEqual([]);
    expect(await box.shutdown()).toEqual({ complete: true, undelivered: {} });
  },
  120_000,
);
