import { run } from 'graphile-worker';
import { createSignalbox } from 'signalbox';
import { graphileJobs } from 'signalbox/graphile-worker';
import { describe, expect, test } from 'vitest';
import { recorded } from '../../jobs/rig.js';
import { recordDiag } from '../../support/otel.js';
import { gate, Rig, SILENT, TASK, until } from './rig.js';

const rig = new Rig();

describe('monitor', () => {
  test('monitor() - counts waiting, delayed, active and blocked jobs of its task, and the age of the oldest', async () => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    await utils.addJob('holder', {}, { queueName: 'serial' });
    await utils.addJob(TASK, { first: true });
    const held = gate();
    const runner = await run(
      jobs.runner(rig.options({ [TASK]: () => held.opened, holder: () => held.opened }, { concurrency: 2 })),
    );
    await until('both run', () => rig.otel.logs('job.started').length === 2);
    await utils.addJob(TASK, {});
    await rig.age();
    await utils.addJob(TASK, {});
    await utils.addJob(TASK, {}, { runAt: new Date(Date.now() + 60_000) });
    await utils.addJob(TASK, {}, { queueName: 'serial' });
    await utils.addJob('other', {});
    const dead = await utils.addJob(TASK, {});
    await utils.permanentlyFailJobs([dead.id]);
    const monitor = jobs.monitor(utils, TASK, { backlog: { size: 2, ageMillis: 30_000 } });
    rig.later(() => monitor.stop());
    await monitor.check();
    const points = await rig.otel.points('queue.jobs');
    const states = Object.fromEntries(
      points.map(({ labels, value }) => [String(labels['job.state']), value]),
    );
    expect(states).toEqual({ waiting: 2, delayed: 1, active: 1, blocked: 1 });
    expect(points[0]?.labels).toMatchObject({
      'messaging.system.name': 'graphile-worker',
      'messaging.destination.name': TASK,
    });
    const [age] = await rig.otel.points('queue.oldest.age');
    expect(age?.value).toBeGreaterThan(59);
    expect(age?.value).toBeLessThan(90);
    expect(recorded(rig.otel, 'queue.health_check')).toMatchObject({
      'queue.size': 2,
      'queue.delayed': 1,
      'queue.active': 1,
    });
    expect(rig.otel.logs('queue.backlog').map(({ attributes }) => attributes)).toMatchObject([
      { 'queue.size': 2 },
      { 'queue.size': 2 },
    ]);
    held.open();
    await runner.stop();
  });

  test('monitor() - an empty queue has depth 0 and age 0', async () => {
    const { jobs } = rig.process();
    await rig.utils(jobs);
    const monitor = jobs.monitor(rig.pool, TASK);
    rig.later(() => monitor.stop());
    expect(await rig.otel.points('queue.jobs')).toMatchObject([
      { value: 0 },
      { value: 0 },
      { value: 0 },
      { value: 0 },
    ]);
    expect(await rig.otel.points('queue.oldest.age')).toMatchObject([{ value: 0 }]);
  });

  test('monitor() - gauges and checks that ask at once share one query', async () => {
    const { jobs } = rig.process();
    await rig.utils(jobs);
    let queries = 0;
    const counting = {
      query: (text: string, values: unknown[]) => {
        if (text.includes('count(*)')) queries++;
        return rig.pool.query(text, values);
      },
    };
    const monitor = jobs.monitor(counting, TASK);
    rig.later(() => monitor.stop());
    await Promise.all([monitor.check(), monitor.check(), rig.otel.metrics()]);
    expect(queries).toBe(1);
  });

  test('monitor() - checks by itself', async () => {
    const { jobs } = rig.process();
    await rig.utils(jobs);
    const monitor = jobs.monitor(rig.pool, TASK, { intervalMillis: 50 });
    rig.later(() => monitor.stop());
    await until('it has checked twice', () => rig.otel.logs('queue.health_check').length >= 2);
    monitor.stop();
  });

  test('monitor() - a database without the engine is told through diag, and nothing rejects', async () => {
    const told = recordDiag();
    const monitor = rig.process().jobs.monitor(rig.pool, TASK);
    rig.later(() => monitor.stop());
    await monitor.check();
    expect(told.join('\n')).toMatch(/reconciliation could not be observed/);
    expect(rig.otel.logs('queue.health_check')).toEqual([]);
  });

  test('monitor() - another schema is looked at where it is given', async () => {
    const { makeWorkerUtils } = await import('graphile-worker');
    const { jobs } = rig.process({ schema: 'own "jobs"' });
    const made = await makeWorkerUtils({ pgPool: rig.pool, logger: SILENT, schema: 'own "jobs"' });
    rig.later(() => made.release());
    await made.migrate();
    const utils = jobs.utils(made);
    const job = await utils.addJob(TASK, {});
    await utils.completeJobs([job.id]);
    expect(recorded(rig.otel, 'job.abandoned')).toMatchObject({ 'job.abandon.reason': 'removed' });
  });
});

describe('misuse', () => {
  test.each([
    ['carrier', { carrier: 'headers' }, "graphileJobs: `carrier` is 'headers'. Use 'payload' or 'none'."],
    ['types', { types: 'mail' }, "graphileJobs: `types` is 'mail'. Give a list of identifiers of tasks."],
    [
      'attemptLinks',
      { attemptLinks: true },
      "graphileJobs: `attemptLinks` is true. Use 'memory' or 'persist'.",
    ],
    ['schema', { schema: '' }, "graphileJobs: `schema` is ''. Give the name of the engine's schema."],
    ['relation', { relation: 'child' }, "`relation` is 'child'"],
  ])('graphileJobs() - a bad %s is named at once', (_, options, message) => {
    expect(() => graphileJobs(createSignalbox(), options as never)).toThrow(message);
  });

  test('graphileJobs() - sources, options and utils that are none are named at once', () => {
    const jobs = graphileJobs(createSignalbox());
    expect(() => jobs.monitor({} as never, TASK)).toThrow(
      "monitor of task 'mail': the source is a value of type object",
    );
    expect(() => jobs.monitor(rig.pool, TASK, { stalledAfterMillis: -1 })).toThrow(
      '`stalledAfterMillis` is -1',
    );
    expect(() => jobs.runner(undefined as never)).toThrow('runner: the options are undefined');
    expect(() => jobs.tasks(undefined as never)).toThrow('tasks: received undefined. Give a task list.');
    expect(() => jobs.adhoc(undefined as never)).toThrow('adhoc: received undefined');
    expect(() => jobs.utils({} as never)).toThrow('utils: received a value of type object');
  });
});
