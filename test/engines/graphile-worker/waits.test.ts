import { runOnce } from 'graphile-worker';
import { describe, expect, test } from 'vitest';
import { recorded } from '../../jobs/rig.js';
import { Rig, TASK } from './rig.js';

const rig = new Rig();
const hourAgo = (): Date => new Date(Date.now() - 3_600_000);
const failing = () => Promise.reject(new Error('once'));

function waits(): unknown[] {
  return rig.otel.logs('job.started').map(({ attributes }) => attributes['job.wait.duration']);
}

async function oldestAge(): Promise<number | undefined> {
  const [age] = await rig.otel.points('queue.oldest.age');
  return age?.value;
}

describe('from when a job could run', () => {
  test('a run_at before the job was added is no wait, no turnaround and no age', async () => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    const monitor = jobs.monitor(utils, TASK, { backlog: { ageMillis: 60_000 } });
    rig.later(() => monitor.stop());
    await utils.addJob(TASK, {}, { runAt: hourAgo() });
    await utils.addJobs([{ identifier: TASK, payload: {}, runAt: hourAgo() }]);
    // As an app whose clock is behind, or a crontab that fills up what it missed, does it.
    await rig.pool.query(`select graphile_worker.add_job($1, run_at => now() - interval '1 hour')`, [TASK]);
    await monitor.check();
    expect(await oldestAge()).toBeLessThan(60);
    await runOnce(jobs.runner(rig.options({ [TASK]: () => undefined })));
    expect(waits()).toHaveLength(3);
    for (const wait of waits()) expect(wait).toBeLessThan(60);
    for (const { attributes } of rig.otel.logs('job.completed'))
      expect(attributes['job.turnaround.duration']).toBeLessThan(60);
    expect(rig.otel.logs('queue.backlog')).toEqual([]);
  });

  test('a job removed by hand has a turnaround since it was added', async () => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    const job = await utils.addJob(TASK, {}, { runAt: hourAgo() });
    await utils.completeJobs([job.id]);
    expect(recorded(rig.otel, 'job.abandoned')['job.turnaround.duration']).toBeLessThan(60);
  });

  test('a retry of another process has a turnaround since the job was added, whatever it was added for', async () => {
    const one = rig.process();
    await (await rig.utils(one.jobs)).addJob(TASK, {}, { runAt: hourAgo() });
    await runOnce(one.jobs.runner(rig.options({ [TASK]: failing })));
    await rig.hurry();
    await runOnce(rig.process().jobs.runner(rig.options({ [TASK]: () => undefined })));
    expect(recorded(rig.otel, 'job.completed')['job.turnaround.duration']).toBeLessThan(60);
  });

  test('a job that was revived here waits from then on; its run_at is of the life before', async () => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    const monitor = jobs.monitor(utils, TASK);
    rig.later(() => monitor.stop());
    const job = await utils.addJob(TASK, {}, { maxAttempts: 1 });
    const { taskList: _, ...options } = jobs.runner(rig.options({ [TASK]: () => undefined }));
    await runOnce(options, jobs.tasks({ [TASK]: failing }));
    await rig.written();
    await rig.age();
    await rig.hurry();
    await rig.age();
    await utils.rescheduleJobs([job.id], { maxAttempts: 2 });
    await monitor.check();
    expect(await oldestAge()).toBeLessThan(60);
    await runOnce({ ...options }, jobs.tasks({ [TASK]: () => undefined }));
    expect(waits()[1]).toBeLessThan(60);
    expect(recorded(rig.otel, 'job.completed')['job.turnaround.duration'] ?? 0).toBeLessThan(60);
  });

  test('a job that another process revived has no wait: its row does not say from when', async () => {
    const { jobs } = rig.process();
    const job = await (await rig.utils(jobs)).addJob(TASK, {});
    await rig.age();
    await rig.pool.query('select graphile_worker.reschedule_jobs(array[$1::bigint], attempts => 0)', [
      job.id,
    ]);
    await runOnce(jobs.runner(rig.options({ [TASK]: () => undefined })));
    expect(waits()).toEqual([undefined]);
  });

  test('a job that was added again under its key waits from its own time, or, moved into the past, has no wait', async () => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    await utils.addJob(TASK, {}, { jobKey: 'kept' });
    await utils.addJob(TASK, {}, { jobKey: 'deduplicated' });
    await utils.addJob(TASK, {}, { jobKey: 'replaced', runAt: new Date(Date.now() + 3_600_000) });
    await rig.age();
    await utils.addJob(TASK, {}, { jobKey: 'kept', jobKeyMode: 'preserve_run_at' });
    await utils.addJob(TASK, {}, { jobKey: 'deduplicated', jobKeyMode: 'unsafe_dedupe' });
    await utils.addJob(TASK, {}, { jobKey: 'replaced', runAt: hourAgo() });
    await runOnce(jobs.runner(rig.options({ [TASK]: () => undefined })));
    const told = waits().map((wait) =>
      wait === undefined ? undefined : Number(wait) > 59 && Number(wait) < 120,
    );
    expect(told.filter((wait) => wait === true)).toHaveLength(2);
    expect(told.filter((wait) => wait === undefined)).toHaveLength(1);
  });
});
