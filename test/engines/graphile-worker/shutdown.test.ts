import { hostname } from 'node:os';
import type { Task, WorkerPool } from 'graphile-worker';
import { run, runOnce, runTaskList } from 'graphile-worker';
import type { GraphileJobs } from 'signalbox/graphile-worker';
import { describe, expect, test } from 'vitest';
import { ended, eventNames, recorded } from '../../jobs/rig.js';
import { gate, Rig, TASK, until } from './rig.js';

const rig = new Rig();

describe('shutdown', () => {
  test('stop() - waits for the job, which completes; its workers tell that they stopped', async () => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    await utils.addJob(TASK, {});
    const held = gate();
    const runner = await run(jobs.runner(rig.options({ [TASK]: () => held.opened }, { concurrency: 2 })));
    await until('it runs', () => rig.otel.logs('job.started').length === 1);
    const states = await rig.otel.points('worker.count');
    expect(states.map(({ labels, value }) => [labels['worker.state'], value])).toEqual([
      ['busy', 1],
      ['idle', 1],
    ]);
    expect(states[0]?.labels['messaging.destination.name']).toBe('graphile_worker');
    const stopped = runner.stop();
    held.open();
    await stopped;
    expect(ended(rig.otel, `process ${TASK}`).attributes['job.attempt.outcome']).toBe('completed');
    expect(rig.otel.logs('worker.started')).toHaveLength(2);
    const stops = rig.otel.logs('worker.stopped').map(({ attributes }) => attributes);
    expect(stops.map((stop) => stop['worker.jobs']).sort()).toEqual([0, 1]);
    const started = rig.otel.logs('worker.started').map(({ attributes }) => String(attributes['worker.id']));
    expect(stops.map((stop) => stop['worker.id']).sort()).toEqual([...started].sort());
    for (const id of started)
      expect(id.startsWith(`${hostname()}-${process.pid}`) && /-\d+$/.test(id), id).toBe(true);
    expect(started).toContain(ended(rig.otel, `process ${TASK}`).attributes['worker.id']);
    expect(stops.map((stop) => stop['worker.stop.reason'])).toEqual(['shutdown', 'shutdown']);
    await expect(runner.stop()).rejects.toThrow('already stopped');
  });

  test('runOnce() - a worker that was given an id is called by it', async () => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    await utils.addJob(TASK, {});
    const options = { ...rig.options({ [TASK]: () => undefined }, { concurrency: 1 }), workerId: 'desk' };
    await runOnce(jobs.runner(options));
    const ids = ['worker.started', 'job.started', 'job.completed', 'worker.stopped'].map(
      (name) => rig.otel.logs(name)[0]?.attributes['worker.id'],
    );
    expect(ids).toEqual(['desk', 'desk', 'desk', 'desk']);
  });

  test('forcefulShutdown() - a job that the engine put back is lost, and its next attempt links to it', async () => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    await utils.addJob(TASK, {});
    const held = gate();
    let calls = 0;
    const fail = () => Promise.reject(new Error('late'));
    const pool = forced(jobs, () => (calls++ === 0 ? held.opened.then(fail) : undefined));
    await until('it runs', () => rig.otel.logs('job.started').length === 1);
    await pool.forcefulShutdown('test');
    const lost = ended(rig.otel, `process ${TASK}`);
    expect(lost.attributes).toMatchObject({ 'job.attempt.outcome': 'lost', 'error.type': 'lost' });
    expect(lost.status.code).toBe(2);
    expect((await rig.rows())[0]).toMatchObject({ attempts: 1, locked_at: null, last_error: 'test' });
    held.open();
    await rig.hurry();
    const second = forced(jobs, () => undefined);
    await until('it has run again', () => rig.otel.logs('job.completed').length === 1);
    await second.gracefulShutdown();
    expect(rig.otel.logs('job.failed')).toEqual([]);
    expect(rig.otel.logs('worker.stopped')[0]?.attributes['worker.stop.reason']).toBe('forced');
    const [, next] = rig.otel.spans(`process ${TASK}`);
    expect(next?.links[0]?.context.spanId).toBe(lost.spanContext().spanId);
  });

  test('forcefulShutdown() - a task that comes back after all completes its job: the engine deletes it', async () => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    await utils.addJob(TASK, {});
    const held = gate();
    const pool = forced(jobs, () => held.opened);
    await until('it runs', () => rig.otel.logs('job.started').length === 1);
    await pool.forcefulShutdown('test');
    expect(await rig.rows()).toHaveLength(1);
    held.open();
    await until('its row is gone', async () => (await rig.rows()).length === 0);
    await until('it is told', () => rig.otel.logs('job.completed').length === 1);
    expect(eventNames(ended(rig.otel, `process ${TASK}`))).toEqual(['job.started']);
    expect(await rig.otel.points('job.ended')).toMatchObject([{ value: 1 }]);
  });

  test('forcefulShutdown() - a job in its last attempt is dead, and told so', async () => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    await utils.addJob(TASK, {}, { maxAttempts: 1 });
    const held = gate();
    const pool = forced(jobs, () => held.opened);
    await until('it runs', () => rig.otel.logs('job.started').length === 1);
    await pool.forcefulShutdown('test');
    expect((await rig.rows())[0]).toMatchObject({ attempts: 1, max_attempts: 1, locked_at: null });
    expect(recorded(rig.otel, 'job.abandoned')).toMatchObject({ 'job.abandon.reason': 'max_attempts' });
    held.open();
  });
});

function forced(jobs: GraphileJobs, task: Task): WorkerPool {
  const { taskList: _, ...options } = rig.options({});
  const pool = runTaskList(jobs.runner(options), jobs.tasks({ [TASK]: task }), rig.pool);
  // A forced shutdown is an error of the pool.
  pool.promise.catch(() => undefined);
  return pool;
}
