import { run, runOnce } from 'graphile-worker';
import { describe, expect, test } from 'vitest';
import { ended, recorded } from '../../jobs/rig.js';
import { gate, Rig, TASK, until } from './rig.js';

const rig = new Rig();

const failing = () => {
  throw new Error('never');
};

describe('utils - by hand', () => {
  test('completeJobs() - a waiting job is removed: no attempt did its work', async () => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    const job = await utils.addJob(TASK, { a: 1 });
    const [row] = await utils.completeJobs([job.id]);
    expect(row).toMatchObject({ id: job.id, payload: { a: 1 } });
    const [record] = rig.otel.logs('job.abandoned');
    expect(record?.attributes).toMatchObject({
      'job.id': job.id,
      'messaging.destination.name': TASK,
      'job.abandon.reason': 'removed',
      'job.attempts': 0,
    });
    expect(record?.severityText).toBe('INFO');
    expect(record?.attributes['job.turnaround.duration']).toBeGreaterThanOrEqual(0);
    const settled = ended(rig.otel, `settle ${TASK}`);
    expect(record?.spanContext?.spanId).toBe(settled.spanContext().spanId);
    expect(settled.parentSpanContext?.spanId).toBe(ended(rig.otel, `enqueue ${TASK}`).spanContext().spanId);
    expect(rig.otel.logs('job.completed')).toEqual([]);
  });

  test('completeJobs() - a dead job that is cleared away has ended before', async () => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    const job = await utils.addJob(TASK, {}, { maxAttempts: 1 });
    await runOnce(jobs.runner(rig.options({ [TASK]: failing })));
    await utils.completeJobs([job.id]);
    const elsewhere = rig.process();
    await (await rig.utils(elsewhere.jobs)).completeJobs([job.id]);
    expect(recorded(rig.otel, 'job.abandoned')['job.abandon.reason']).toBe('max_attempts');
  });

  test('permanentlyFailJobs() - a job is cancelled once, with the attempts that it had', async () => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    const job = await utils.addJob(TASK, {});
    await utils.permanentlyFailJobs([job.id], 'not wanted');
    await utils.permanentlyFailJobs([job.id]);
    await (await rig.utils(rig.process().jobs)).permanentlyFailJobs([job.id]);
    expect(recorded(rig.otel, 'job.abandoned')).toMatchObject({
      'job.abandon.reason': 'cancelled',
      'job.attempts': 0,
    });
  });

  test('rescheduleJobs() - a dead job with attempts again is revived, and ends again', async () => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    const job = await utils.addJob(TASK, {}, { maxAttempts: 1 });
    let calls = 0;
    const options = jobs.runner(
      rig.options({
        [TASK]: () => {
          calls++;
          if (calls === 1) throw new Error('once');
        },
      }),
    );
    await runOnce(options);
    await utils.rescheduleJobs([job.id], { runAt: new Date(), maxAttempts: 2 });
    await runOnce({ ...options });
    expect(recorded(rig.otel, 'job.revived')).toMatchObject({ 'job.id': job.id, 'job.attempts': 1 });
    expect(rig.otel.logs('job.abandoned')).toHaveLength(1);
    expect(recorded(rig.otel, 'job.completed')).toMatchObject({ 'job.attempts': 2 });
  });

  test('rescheduleJobs() - a living job that is moved is not revived', async () => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    const job = await utils.addJob(TASK, {});
    await utils.rescheduleJobs([job.id], { runAt: new Date(Date.now() + 60_000) });
    expect(rig.otel.logs('job.revived')).toEqual([]);
  });

  test('completeJobs() - a job that runs is left alone, by the engine and by us', async () => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    const job = await utils.addJob(TASK, {});
    const held = gate();
    const runner = await run(jobs.runner(rig.options({ [TASK]: () => held.opened })));
    await until('it runs', () => rig.otel.logs('job.started').length === 1);
    expect(await utils.completeJobs([job.id])).toEqual([]);
    expect(await utils.permanentlyFailJobs([job.id])).toEqual([]);
    held.open();
    await until('it has ended', () => rig.otel.logs('job.completed').length === 1);
    await runner.stop();
    expect(rig.otel.logs('job.abandoned')).toEqual([]);
  });
});
