import { makeWorkerUtils, run, runOnce } from 'graphile-worker';
import { graphileJobs } from 'signalbox/graphile-worker';
import { describe, expect, test } from 'vitest';
import { recordDiag } from '../../support/otel.js';
import { emitter, gate, Rig, SILENT, TASK, until } from './rig.js';

const rig = new Rig();

describe('two schemas with a task of one name', () => {
  test('their jobs, which have the same ids, their monitors, counters and ends are apart', async () => {
    const { box } = rig.process();
    const events = emitter();
    const held = gate();
    const sides = await Promise.all(
      ['graphile_worker', 'other'].map(async (schema) => {
        const jobs = graphileJobs(box, { schema });
        const raw = await makeWorkerUtils({ pgPool: rig.pool, logger: SILENT, schema });
        rig.later(() => raw.release());
        const utils = jobs.utils(raw);
        return { schema, jobs, utils };
      }),
    );
    const [one, other] = sides as [(typeof sides)[0], (typeof sides)[0]];
    const [first, second] = [await one.utils.addJob(TASK, {}), await other.utils.addJob(TASK, {})];
    expect(first.id).toBe(second.id);
    await one.utils.permanentlyFailJobs([first.id]);
    await other.utils.permanentlyFailJobs([second.id]);
    const ends = rig.otel.logs('job.abandoned').map(({ attributes }) => attributes['queue.namespace']);
    expect(ends).toEqual([undefined, 'other']);
    for (const { utils } of sides) await utils.addJob(TASK, {});
    await one.utils.addJob(TASK, {});
    const monitors = sides.map(({ jobs, utils }) => jobs.monitor(utils, TASK));
    rig.later(() => {
      for (const monitor of monitors) monitor.stop();
    });
    // They look when they are made; a check joins that look.
    await Promise.all(monitors.map((monitor) => monitor.check()));
    const waiting = (await rig.otel.points('queue.jobs')).filter(
      ({ labels }) => labels['job.state'] === 'waiting',
    );
    // Whichever looked first.
    const byNamespace = new Map(waiting.map(({ labels, value }) => [labels['queue.namespace'], value]));
    expect(byNamespace).toEqual(
      new Map<unknown, unknown>([
        [undefined, 2],
        ['other', 1],
      ]),
    );
    // Both on one emitter of the app's.
    const runners = await Promise.all(
      sides.map(({ schema, jobs }) =>
        run(jobs.runner(rig.options({ [TASK]: () => held.opened }, { schema, events, concurrency: 2 }))),
      ),
    );
    await until('all run', () => rig.otel.logs('job.started').length === 3);
    held.open();
    await until('all have ended', () => rig.otel.logs('job.completed').length === 3);
    for (const runner of runners) await runner.stop();
    const started = rig.otel.logs('job.started').map(({ attributes }) => attributes['queue.namespace']);
    expect(started.filter((namespace) => namespace === 'other')).toHaveLength(1);
    const workers = rig.otel.logs('worker.started').map(({ attributes }) => attributes['queue.namespace']);
    expect(workers.filter((namespace) => namespace === 'other')).toHaveLength(2);
    expect(workers).toHaveLength(4);
    expect(rig.otel.spans(`process ${TASK}`)).toHaveLength(3);
  });

  test('a runner of another schema than its jobs were made for is told, and its jobs are told as of that', async () => {
    const { jobs } = rig.process();
    const told = recordDiag();
    await rig.pool.query('select 1');
    const raw = await makeWorkerUtils({ pgPool: rig.pool, logger: SILENT, schema: 'other' });
    rig.later(() => raw.release());
    await raw.addJob(TASK, {});
    await runOnce(jobs.runner(rig.options({ [TASK]: () => undefined }, { schema: 'other' })));
    const [completed] = rig.otel.logs('job.completed');
    expect(completed?.attributes['queue.namespace']).toBe('other');
    expect(told).toEqual([expect.stringContaining("Give graphileJobs(box, { schema: 'other' })")]);
  });
});
