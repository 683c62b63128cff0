import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { WorkerUtils } from 'graphile-worker';
import { run, runOnce } from 'graphile-worker';
import { describe, expect, test } from 'vitest';
import { ended, recorded } from '../../jobs/rig.js';
import { gate, Rig, TASK, until } from './rig.js';

const rig = new Rig();
const SCRIPT = new URL('./hanging-worker.ts', import.meta.url).pathname;

/** A worker process of its own, which hangs in the next job. */
async function hangingWorker(): Promise<{ kill(): Promise<void> }> {
  const child = spawn(process.execPath, ['--import', 'tsx', SCRIPT, rig.url, TASK], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };
  rig.later(kill);
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += String(chunk);
  });
  await until('the worker runs a job', () => output.includes('started'));
  return { kill };
}

async function heldBy(): Promise<string> {
  return String((await rig.rows())[0]?.locked_by);
}

/** As another process that knows nothing of this telemetry does it. */
async function unlock(): Promise<void> {
  await rig.pool.query('select graphile_worker.force_unlock_workers($1)', [[await heldBy()]]);
}

/** The engine writes a failure after it has told it. */
async function written(): Promise<void> {
  await until('the failure is written', async () =>
    (await rig.rows()).every((row) => row.locked_at === null),
  );
}

async function utilsOf(): Promise<{
  utils: WorkerUtils;
  jobs: ReturnType<typeof rig.process>['jobs'];
}> {
  const { jobs } = rig.process();
  return { jobs, utils: await rig.utils(jobs) };
}

describe('a worker process that is killed', () => {
  test('monitor() - its job is stalled, once; then it runs again, and the trace has no span of the lost attempt', async () => {
    const { jobs, utils } = await utilsOf();
    const monitor = jobs.monitor(utils, TASK, { stalledAfterMillis: 1 });
    rig.later(() => monitor.stop());
    await monitor.check();
    const job = await utils.addJob(TASK, { a: 1 });
    const worker = await hangingWorker();
    await worker.kill();
    await monitor.check();
    await monitor.check();
    await utils.forceUnlockWorkers([await heldBy()]);
    await monitor.check();
    expect(recorded(rig.otel, 'job.stalled')).toMatchObject({ 'job.id': job.id, 'job.attempt.number': 1 });
    await runOnce(jobs.runner(rig.options({ [TASK]: () => undefined })));
    const attempt = ended(rig.otel, `process ${TASK}`);
    const enqueue = ended(rig.otel, `enqueue ${TASK}`);
    expect(attempt.attributes['job.attempt.number']).toBe(2);
    expect(attempt.parentSpanContext?.spanId).toBe(enqueue.spanContext().spanId);
    expect(attempt.links).toEqual([]);
    const [stalled] = rig.otel.logs('job.stalled');
    expect(stalled?.spanContext?.traceId).toBe(enqueue.spanContext().traceId);
    expect(await rig.otel.points('job.stalled')).toMatchObject([{ value: 1 }]);
    expect(await rig.otel.points('job.ended')).toMatchObject([{ value: 1 }]);
    expect(recorded(rig.otel, 'job.completed')).toMatchObject({ 'job.attempts': 2 });
  });

  test('monitor() - a job killed in its last attempt is abandoned as stalled, once, whoever unlocks it', async () => {
    const { utils } = await utilsOf();
    // Of a process that did not add it: the context of its enqueue is in its payload alone.
    const monitor = rig.process().jobs.monitor(rig.pool, TASK, { stalledAfterMillis: 1 });
    rig.later(() => monitor.stop());
    await monitor.check();
    await utils.addJob(TASK, {}, { maxAttempts: 1 });
    await (await hangingWorker()).kill();
    await monitor.check();
    await unlock();
    await monitor.check();
    expect(recorded(rig.otel, 'job.abandoned')).toMatchObject({
      'job.abandon.reason': 'stalled',
      'job.attempts': 1,
    });
    expect(rig.otel.logs('job.stalled')).toHaveLength(1);
    const { traceId, spanId } = ended(rig.otel, `enqueue ${TASK}`).spanContext();
    expect(rig.otel.logs('job.stalled')[0]?.spanContext?.traceId).toBe(traceId);
    const settled = ended(rig.otel, `settle ${TASK}`);
    expect(settled.parentSpanContext?.spanId).toBe(spanId);
    expect(settled).toMatchObject({ status: { code: 2 }, attributes: { 'error.type': 'stalled' } });
    expect(rig.otel.logs('job.abandoned')[0]?.spanContext?.spanId).toBe(settled.spanContext().spanId);
    monitor.stop();
    const later = rig.process().jobs.monitor(rig.pool, TASK, { stalledAfterMillis: 1 });
    await later.check();
    await later.check();
    later.stop();
    expect(await rig.otel.points('job.ended')).toMatchObject([{ value: 1 }]);
  });

  test('forceUnlockWorkers() - by a process that did not add the job: its end is tied to the enqueue all the same', async () => {
    const { utils } = await utilsOf();
    await utils.addJob(TASK, { secret: 1 }, { maxAttempts: 1 });
    await (await hangingWorker()).kill();
    const elsewhere = await rig.utils(rig.process().jobs);
    await elsewhere.forceUnlockWorkers([await heldBy()]);
    const settled = ended(rig.otel, `settle ${TASK}`);
    expect(settled.parentSpanContext?.spanId).toBe(ended(rig.otel, `enqueue ${TASK}`).spanContext().spanId);
    expect(settled.attributes['job.abandon.reason']).toBe('stalled');
  });

  test('monitor() - a lock taken off by others in the last of several attempts is found by what was not written', async () => {
    const { jobs, utils } = await utilsOf();
    const monitor = jobs.monitor(utils, TASK);
    rig.later(() => monitor.stop());
    await monitor.check();
    await utils.addJob(TASK, {}, { maxAttempts: 2 });
    await runOnce(jobs.runner(rig.options({ [TASK]: () => Promise.reject(new Error('boom')) })));
    await rig.hurry();
    const worker = await hangingWorker();
    await monitor.check();
    expect(rig.otel.logs('job.stalled')).toEqual([]);
    await worker.kill();
    await unlock();
    await monitor.check();
    await monitor.check();
    expect(recorded(rig.otel, 'job.stalled')).toMatchObject({ 'job.attempt.number': 2 });
    expect(recorded(rig.otel, 'job.abandoned')).toMatchObject({
      'job.abandon.reason': 'stalled',
      'job.attempts': 2,
    });
  });

  test('forceUnlockWorkers() - tells the stalled jobs and the dead ones of the workers that it names', async () => {
    const { utils } = await utilsOf();
    await utils.addJob(TASK, {}, { maxAttempts: 1 });
    await (await hangingWorker()).kill();
    await utils.forceUnlockWorkers(['pool-of-nobody']);
    expect(rig.otel.logs('job.stalled')).toEqual([]);
    await utils.forceUnlockWorkers([await heldBy()]);
    await utils.forceUnlockWorkers([await heldBy()]);
    expect(recorded(rig.otel, 'job.stalled')).toMatchObject({ 'job.attempt.number': 1 });
    expect(recorded(rig.otel, 'job.abandoned')).toMatchObject({ 'job.abandon.reason': 'stalled' });
  });
});

describe('a worker process that lives', () => {
  test.each([1, 2])(
    'monitor() - elsewhere a job fails the last of its %i attempts: told there, and not again here',
    async (maxAttempts) => {
      const { jobs, utils } = await utilsOf();
      const monitor = jobs.monitor(utils, TASK);
      rig.later(() => monitor.stop());
      await monitor.check();
      await utils.addJob(TASK, {}, { maxAttempts });
      const elsewhere = rig.process().jobs;
      for (let attempt = 1; attempt <= maxAttempts; attempt++) {
        const held = gate();
        const failing = () => held.opened.then(() => Promise.reject(new Error('same')));
        const runner = await run(elsewhere.runner(rig.options({ [TASK]: failing })));
        await until('it runs', () => rig.otel.logs('job.started').length === attempt);
        await monitor.check();
        held.open();
        await until('it has failed', () => rig.otel.logs('job.failed').length === attempt);
        await written();
        await runner.stop();
        await monitor.check();
        await rig.hurry();
      }
      await monitor.check();
      expect(recorded(rig.otel, 'job.abandoned')['job.abandon.reason']).toBe('max_attempts');
      expect(rig.otel.logs('job.stalled')).toEqual([]);
    },
  );

  test('monitor() - a retry that is called for at once is no stall', async () => {
    const { jobs, utils } = await utilsOf();
    const monitor = jobs.monitor(utils, TASK);
    rig.later(() => monitor.stop());
    await monitor.check();
    const job = await utils.addJob(TASK, {});
    const held = gate();
    const failing = () => held.opened.then(() => Promise.reject(new Error('once')));
    const runner = await run(rig.process().jobs.runner(rig.options({ [TASK]: failing })));
    await until('it runs', () => rig.otel.logs('job.started').length === 1);
    await monitor.check();
    held.open();
    await until('it has failed', () => rig.otel.logs('job.failed').length === 1);
    await written();
    await runner.stop();
    await utils.rescheduleJobs([job.id], { runAt: new Date() });
    await monitor.check();
    expect(rig.otel.logs('job.stalled')).toEqual([]);
  });

  test('monitor() - a job removed by its key while it ran, which then failed, is dead: removed', async () => {
    const { jobs, utils } = await utilsOf();
    const monitor = jobs.monitor(utils, TASK);
    rig.later(() => monitor.stop());
    await monitor.check();
    await utils.addJob(TASK, {}, { jobKey: 'k' });
    const held = gate();
    const failing = () => held.opened.then(() => Promise.reject(new Error('once')));
    const runner = await run(jobs.runner(rig.options({ [TASK]: failing })));
    await until('it runs', () => rig.otel.logs('job.started').length === 1);
    await monitor.check();
    await rig.pool.query(`select graphile_worker.remove_job('k')`);
    held.open();
    await until('it has failed', () => rig.otel.logs('job.failed').length === 1);
    await written();
    await runner.stop();
    await monitor.check();
    await monitor.check();
    expect(recorded(rig.otel, 'job.abandoned')).toMatchObject({
      'job.abandon.reason': 'removed',
      'job.attempts': 1,
    });
  });

  test('monitor() - an attempt that runs here longer than locks last has not stalled', async () => {
    const { jobs, utils } = await utilsOf();
    const monitor = jobs.monitor(utils, TASK, { stalledAfterMillis: 1 });
    rig.later(() => monitor.stop());
    await monitor.check();
    await utils.addJob(TASK, {});
    const held = gate();
    const runner = await run(jobs.runner(rig.options({ [TASK]: () => held.opened })));
    await until('it runs', () => rig.otel.logs('job.started').length === 1);
    await monitor.check();
    held.open();
    await until('it has ended', () => rig.otel.logs('job.completed').length === 1);
    await runner.stop();
    expect(rig.otel.logs('job.stalled')).toEqual([]);
  });
});
