import { run, runOnce } from 'graphile-worker';
import { describe, expect, test } from 'vitest';
import { recorded } from '../../jobs/rig.js';
import { gate, Rig, TASK, until } from './rig.js';

const rig = new Rig();
/** More than are remembered of what was told lately. */
const MANY = 10_001;

const failing = () => {
  throw new Error('never');
};

/** As a worker leaves a job that was killed in its last attempt, once its lock is off. */
async function killed(id: string): Promise<void> {
  await rig.pool.query(
    'update graphile_worker._private_jobs set attempts = max_attempts, last_error = null where id = $1',
    [id],
  );
}

/** As another process that knows nothing of this telemetry does it. */
async function revive(id: string): Promise<void> {
  await rig.pool.query('select graphile_worker.reschedule_jobs(array[$1::bigint], attempts => 0)', [id]);
}

function abandoned(): unknown[] {
  return rig.otel
    .logs('job.abandoned')
    .map(({ attributes }) => [attributes['job.id'], attributes['job.abandon.reason']]);
}

describe('dead jobs whose rows stay', () => {
  test('monitor() - they are told once, or never where they died before its first look, however many jobs complete', async () => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    const early = await utils.addJob(TASK, {});
    await killed(early.id);
    const monitor = jobs.monitor(utils, TASK);
    rig.later(() => monitor.stop());
    await monitor.check();
    const late = await utils.addJob(TASK, {});
    await killed(late.id);
    await monitor.check();
    expect(abandoned()).toEqual([[late.id, 'stalled']]);
    await rig.pool.query('select graphile_worker.add_job($1) from generate_series(1, $2)', ['other', MANY]);
    await runOnce(jobs.runner(rig.options({ other: () => undefined }, { concurrency: 50 })));
    expect(rig.otel.logs('job.completed')).toHaveLength(MANY);
    await monitor.check();
    await monitor.check();
    expect(abandoned()).toEqual([[late.id, 'stalled']]);
    expect(rig.otel.logs('job.stalled')).toHaveLength(1);
  });

  test('monitor() - a job that died with its lock on is told once, while the lock is on and once it is off', async () => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    const monitor = jobs.monitor(utils, TASK, { stalledAfterMillis: 1 });
    rig.later(() => monitor.stop());
    await monitor.check();
    const job = await utils.addJob(TASK, {});
    await killed(job.id);
    await rig.pool.query(
      "update graphile_worker._private_jobs set locked_at = now() - interval '1 minute', locked_by = 'gone', last_error = 'before'",
    );
    await monitor.check();
    await monitor.check();
    await rig.pool.query("select graphile_worker.force_unlock_workers(array['gone'])");
    await monitor.check();
    await monitor.check();
    expect(abandoned()).toEqual([[job.id, 'stalled']]);
  });

  test('monitor() - a dead job that others bring back, and that dies again, has an end for each life', async () => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    const monitor = jobs.monitor(utils, TASK);
    rig.later(() => monitor.stop());
    await monitor.check();
    const job = await utils.addJob(TASK, {});
    await killed(job.id);
    await monitor.check();
    await revive(job.id);
    await monitor.check();
    await killed(job.id);
    await monitor.check();
    await monitor.check();
    expect(abandoned()).toEqual([
      [job.id, 'stalled'],
      [job.id, 'stalled'],
    ]);
    expect(rig.otel.logs('job.stalled')).toHaveLength(2);
  });

  test('rescheduleJobs() - a dead job that comes back and dies between two looks has an end for each life', async () => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    const monitor = jobs.monitor(utils, TASK);
    rig.later(() => monitor.stop());
    await monitor.check();
    const job = await utils.addJob(TASK, {});
    await killed(job.id);
    await monitor.check();
    await utils.rescheduleJobs([job.id], { attempts: 1 });
    await killed(job.id);
    await monitor.check();
    await monitor.check();
    expect(abandoned()).toEqual([
      [job.id, 'stalled'],
      [job.id, 'stalled'],
    ]);
    expect(recorded(rig.otel, 'job.revived')).toMatchObject({ 'job.id': job.id });
  });
});

describe('ended jobs that others bring back', () => {
  test.each([
    ['completeJobs', 'removed'],
    ['permanentlyFailJobs', 'cancelled'],
  ] as const)('%s() - their second end is told, once', async (call, reason) => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    const job = await utils.addJob(TASK, {}, { maxAttempts: 1 });
    await runOnce(jobs.runner(rig.options({ [TASK]: failing })));
    await revive(job.id);
    await utils[call]([job.id]);
    await utils[call]([job.id]);
    expect(abandoned()).toEqual([
      [job.id, 'max_attempts'],
      [job.id, reason],
    ]);
  });

  test.each(['it failed for good here', 'it was cancelled here'])(
    'monitor() - where %s, is brought back elsewhere and killed there, its second end is told, once',
    async (how) => {
      const { jobs } = rig.process();
      const utils = await rig.utils(jobs);
      const monitor = jobs.monitor(utils, TASK);
      rig.later(() => monitor.stop());
      await monitor.check();
      const job = await utils.addJob(TASK, {}, { maxAttempts: 1 });
      if (how === 'it failed for good here') await runOnce(jobs.runner(rig.options({ [TASK]: failing })));
      else await utils.permanentlyFailJobs([job.id]);
      await monitor.check();
      await revive(job.id);
      await rig.pool.query(
        `update graphile_worker._private_jobs set attempts = 1, locked_at = now(), locked_by = 'elsewhere'`,
      );
      await monitor.check();
      await rig.pool.query(`select graphile_worker.force_unlock_workers(array['elsewhere'])`);
      await monitor.check();
      await monitor.check();
      expect(abandoned()).toEqual([
        [job.id, how === 'it failed for good here' ? 'max_attempts' : 'cancelled'],
        [job.id, 'stalled'],
      ]);
    },
  );

  test('monitor() - one that runs again here and is removed by its key meanwhile has its second end', async () => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    const monitor = jobs.monitor(utils, TASK);
    rig.later(() => monitor.stop());
    await monitor.check();
    const job = await utils.addJob(TASK, {}, { jobKey: 'k', maxAttempts: 2 });
    await utils.permanentlyFailJobs([job.id]);
    await revive(job.id);
    const held = gate();
    const failingLater = () => held.opened.then(() => Promise.reject(new Error('once')));
    const runner = await run(jobs.runner(rig.options({ [TASK]: failingLater })));
    await until('it runs', () => rig.otel.logs('job.started').length === 1);
    await monitor.check();
    await rig.pool.query(`select graphile_worker.remove_job('k')`);
    held.open();
    await until('the failure is written', async () =>
      (await rig.rows()).every((row) => row.locked_at === null),
    );
    await runner.stop();
    await monitor.check();
    expect(abandoned()).toEqual([
      [job.id, 'cancelled'],
      [job.id, 'removed'],
    ]);
  });
});

describe('the key of a dead job', () => {
  // The engine takes the key off a job that is dead: nothing is revived by it.
  test.each(['replace', 'preserve_run_at'] as const)(
    'addJob() - with %s it makes a new job, and each of the two has its end',
    async (jobKeyMode) => {
      const { jobs } = rig.process();
      const utils = await rig.utils(jobs);
      const spec = { jobKey: 'k', jobKeyMode, maxAttempts: 1 };
      const first = await utils.addJob(TASK, {}, spec);
      await runOnce(jobs.runner(rig.options({ [TASK]: failing })));
      const second = await utils.addJob(TASK, {}, spec);
      await utils.permanentlyFailJobs([second.id]);
      expect(second).toMatchObject({ revision: 0, attempts: 0 });
      expect(second.id).not.toBe(first.id);
      expect(await rig.otel.points('job.enqueued')).toMatchObject([{ value: 2 }]);
      expect(abandoned()).toEqual([
        [first.id, 'max_attempts'],
        [second.id, 'cancelled'],
      ]);
      expect(rig.otel.logs('job.duplicate')).toEqual([]);
      expect(rig.otel.logs('job.revived')).toEqual([]);
    },
  );

  test('addJobs() - it makes a new job too', async () => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    const first = await utils.addJob(TASK, {}, { jobKey: 'k', maxAttempts: 1 });
    await runOnce(jobs.runner(rig.options({ [TASK]: failing })));
    const [second] = await utils.addJobs([{ identifier: TASK, payload: {}, jobKey: 'k' }]);
    expect(second?.id).not.toBe(first.id);
    expect(rig.otel.logs('job.queued')).toHaveLength(2);
    expect(rig.otel.logs('job.duplicate')).toEqual([]);
  });

  test('addJob() - with unsafe_dedupe it brings nothing about: the job stays dead, and no end is told again', async () => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    const monitor = jobs.monitor(utils, TASK);
    rig.later(() => monitor.stop());
    await monitor.check();
    const first = await utils.addJob(TASK, {}, { jobKey: 'k' });
    await killed(first.id);
    await monitor.check();
    const second = await utils.addJob(TASK, {}, { jobKey: 'k', jobKeyMode: 'unsafe_dedupe' });
    await monitor.check();
    expect(second.id).toBe(first.id);
    expect(recorded(rig.otel, 'job.duplicate')).toMatchObject({ 'job.id': first.id });
    expect(abandoned()).toEqual([[first.id, 'stalled']]);
    expect(rig.otel.logs('job.revived')).toEqual([]);
  });
});
