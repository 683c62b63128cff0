import type { Job, JobHelpers } from 'graphile-worker';
import { run, runOnce, runTaskList } from 'graphile-worker';
import { describe, expect, test } from 'vitest';
import { ended, eventNames, eventsAreRecorded, eventsLieWithin, recorded } from '../../jobs/rig.js';
import { recordDiag } from '../../support/otel.js';
import { emitter, gate, Rig, TASK, until } from './rig.js';

const rig = new Rig();

describe('runner', () => {
  test('runner() - a job and its attempt are one trace, and the task sees the payload that was given', async () => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    const seen: unknown[] = [];
    const payload = { to: 'ada', nested: { list: [1, 2] } };
    const added = await utils.addJob(TASK, payload, { priority: 3, maxAttempts: 4 });
    expect(added.payload).toEqual(payload);
    expect((await rig.rows())[0]?.payload).toMatchObject({ _signalbox: { carrier: {} } });
    await runOnce(
      jobs.runner(
        rig.options({
          [TASK]: async (given: unknown, helpers: JobHelpers) => {
            seen.push(given, helpers.job.payload);
          },
        }),
      ),
    );
    expect(seen).toEqual([payload, payload]);
    const enqueue = ended(rig.otel, `enqueue ${TASK}`);
    const attempt = ended(rig.otel, `process ${TASK}`);
    expect(attempt.parentSpanContext?.spanId).toBe(enqueue.spanContext().spanId);
    expect(attempt.attributes).toMatchObject({
      'messaging.system.name': 'graphile-worker',
      'messaging.destination.name': TASK,
      'job.id': added.id,
      'job.attempt.number': 1,
      'job.max_attempts': 4,
      'job.priority': 3,
      'job.attempt.outcome': 'completed',
    });
    expect(attempt.attributes['job.type']).toBe(TASK);
    expect(eventNames(enqueue)).toEqual(['job.queued']);
    expect(eventNames(attempt)).toEqual(['job.started', 'job.completed']);
    expect(eventsLieWithin(attempt)).toBe(true);
    expect(eventsAreRecorded(rig.otel, attempt)).toBe(true);
    expect(await rig.otel.points('job.ended')).toMatchObject([
      { value: 1, labels: { 'job.outcome': 'completed' } },
    ]);
    expect(await rig.rows()).toEqual([]);
  });

  test('graphileJobs() - by `types` the identifiers of other tasks are no labels', async () => {
    const { jobs } = rig.process({ types: [TASK] });
    const utils = await rig.utils(jobs);
    await utils.addJob(TASK, {});
    await utils.addJob('bill', {});
    const points = await rig.otel.points('job.enqueued');
    const types = Object.fromEntries(
      points.map(({ labels }) => [labels['messaging.destination.name'], labels['job.type']]),
    );
    expect(types).toEqual({ [TASK]: TASK, bill: '_OTHER' });
    expect(ended(rig.otel, 'enqueue bill').name).toBe('enqueue bill');
  });

  test('runner() - the wait is that of the database, on the first attempt, a delayed job and a retry', async () => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    const waits: number[] = [];
    await utils.addJob(TASK, {});
    await rig.age();
    const options = jobs.runner(
      rig.options({
        [TASK]: (_: unknown, { job }: JobHelpers) => {
          waits.push((job.locked_at as Date).getTime() - job.run_at.getTime());
          if (job.attempts === 1) throw new Error('once');
        },
      }),
    );
    await runOnce(options);
    await rig.hurry();
    await runOnce({ ...options });
    const told = rig.otel
      .logs('job.started')
      .map((record) => Number(record.attributes['job.wait.duration']) * 1000);
    expect(waits[0]).toBeGreaterThan(59_000);
    expect(waits[1]).toBeLessThan(5_000);
    for (const [i, wait] of told.entries()) expect(wait).toBeCloseTo(waits[i] ?? Number.NaN, 0);
  });

  test('runner() - a failed attempt tells the delay that the engine wrote, and the next is linked to it', async () => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    const job = await utils.addJob(TASK, { n: 1 });
    let calls = 0;
    const options = jobs.runner(
      rig.options({
        [TASK]: async () => {
          calls++;
          if (calls === 1) throw new TypeError('not yet');
        },
      }),
    );
    const before = Date.now();
    await runOnce(options);
    await rig.written();
    const after = Date.now();
    const [row] = await rig.rows();
    const delay = Number(recorded(rig.otel, 'job.retrying')['job.retry.delay']) * 1000;
    const runAt = new Date(row?.run_at as Date).getTime();
    expect(delay).toBeCloseTo(Math.E * 1000, 3);
    expect(runAt - delay).toBeGreaterThanOrEqual(before - 2);
    expect(runAt - delay).toBeLessThanOrEqual(after + 2);
    expect(row?.last_error).toBe('not yet');
    await until('the retry has run', async () => {
      await runOnce({ ...options });
      return calls === 2;
    });
    const [first, second] = rig.otel.spans(`process ${TASK}`);
    expect(first?.attributes).toMatchObject({
      'job.attempt.outcome': 'failed',
      'error.type': 'TypeError',
      'job.attempt.number': 1,
    });
    expect(first?.status).toEqual({ code: 2, message: 'not yet' });
    expect(eventNames(first as never)).toEqual(['job.started', 'job.failed', 'job.retrying']);
    expect(second?.links).toMatchObject([
      {
        context: { spanId: first?.spanContext().spanId },
        attributes: { 'link.reason': 'previous_attempt', 'job.attempt.number': 1 },
      },
    ]);
    expect(second?.spanContext().traceId).toBe(first?.spanContext().traceId);
    expect(recorded(rig.otel, 'job.completed')).toMatchObject({ 'job.id': job.id, 'job.attempts': 2 });
    const turnaround = Number(recorded(rig.otel, 'job.completed')['job.turnaround.duration']);
    expect(turnaround).toBeGreaterThan(Math.E - 0.1);
  });

  test('runner() - after its last attempt a job is abandoned, once', async () => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    await utils.addJob(TASK, {}, { maxAttempts: 1 });
    await runOnce(
      jobs.runner(
        rig.options({
          [TASK]: () => {
            throw new Error('never');
          },
        }),
      ),
    );
    expect(recorded(rig.otel, 'job.failed')).toMatchObject({ 'job.will_retry': false });
    expect(recorded(rig.otel, 'job.abandoned')).toMatchObject({
      'job.abandon.reason': 'max_attempts',
      'job.attempts': 1,
    });
    expect(rig.otel.logs('job.retrying')).toEqual([]);
    expect(ended(rig.otel, `process ${TASK}`).attributes).toMatchObject({
      'job.abandon.reason': 'max_attempts',
    });
  });

  test.each([
    ['undefined', undefined],
    ['a string', 'broken'],
    ['null', null],
  ])('runner() - %s thrown is a failure of type _OTHER', async (_, thrown) => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    await utils.addJob(TASK, {}, { maxAttempts: 1 });
    await runOnce(jobs.runner(rig.options({ [TASK]: () => Promise.reject(thrown) })));
    expect(recorded(rig.otel, 'job.failed')).toMatchObject({ 'exception.type': '_OTHER' });
    expect(ended(rig.otel, `process ${TASK}`).attributes['error.type']).toBe('_OTHER');
  });

  test('runner() - a list of promises for a list payload: the attempt lasts until all have settled, and fails in part', async () => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    await utils.addJob(TASK, [{ n: 1 }, { n: 2 }]);
    expect((await rig.rows())[0]?.payload).toEqual([{ n: 1 }, { n: 2 }]);
    const held = gate();
    const running = runOnce(
      jobs.runner(rig.options({ [TASK]: () => [held.opened, Promise.reject(new Error('second'))] })),
    );
    await until('it runs', () => rig.otel.logs('job.started').length === 1);
    const [active] = await rig.otel.points('job.active');
    expect(active?.value).toBe(1);
    expect(rig.otel.spans(`process ${TASK}`)).toEqual([]);
    held.open();
    await running;
    expect(ended(rig.otel, `process ${TASK}`).status.message).toBe('Batch failures:\nsecond');
    expect(recorded(rig.otel, 'job.failed')).toMatchObject({ 'job.will_retry': true });
    expect((await rig.rows())[0]?.payload).toEqual([{ n: 2 }]);
  });

  test('runner() - what a task adds is a child of its attempt', async () => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    await utils.addJob('parent', {});
    await runOnce(
      jobs.runner(
        rig.options({
          parent: async (_: unknown, helpers: JobHelpers) => {
            await helpers.addJob('child', { of: helpers.job.id });
            await helpers.addJobs([{ identifier: 'child', payload: { list: true } }]);
          },
          child: () => undefined,
        }),
      ),
    );
    const attempt = ended(rig.otel, 'process parent');
    const enqueues = rig.otel.spans('enqueue child');
    expect(enqueues.map((span) => span.parentSpanContext?.spanId)).toEqual([
      attempt.spanContext().spanId,
      attempt.spanContext().spanId,
    ]);
    expect(
      rig.otel
        .spans('process child')
        .map((span) => span.parentSpanContext?.spanId)
        .sort(),
    ).toEqual(enqueues.map((span) => span.spanContext().spanId).sort());
  });

  test("runner() - the app's own emitter, its listeners, helpers and abort signal stay what they were", async () => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    await utils.addJob(TASK, { a: 1 });
    const events = emitter();
    const heard: unknown[] = [];
    events.on('job:start', ({ job }: { job: Job }) => heard.push(job.payload));
    const given = rig.options({ [TASK]: () => undefined }, { events });
    const seen: unknown[] = [];
    given.taskList = {
      [TASK]: async (_: unknown, helpers: JobHelpers) => {
        seen.push(helpers.abortSignal instanceof AbortSignal, await helpers.getQueueName());
        const { rows } = await helpers.query<{ one: number }>('select 1 as one');
        seen.push(rows[0]?.one);
      },
    };
    const options = jobs.runner(given);
    expect(options.events).toBe(events);
    await runOnce(options);
    expect(heard).toEqual([{ a: 1 }]);
    expect(seen).toEqual([true, null, 1]);
    expect(rig.otel.logs('job.completed')).toHaveLength(1);
  });

  test('runner() - an emitter in a preset is the one that is heard', async () => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    await utils.addJob(TASK, {});
    const events = emitter();
    let starts = 0;
    events.on('job:start', () => starts++);
    const preset = { extends: [{ worker: { events } }] };
    await runOnce(jobs.runner(rig.options({ [TASK]: () => undefined }, { preset })));
    expect(starts).toBe(1);
    expect(rig.otel.logs('job.completed')).toHaveLength(1);
  });

  test('runner() - two runners on one emitter, and options that went through it twice, are heard once', async () => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    await utils.addJob(TASK, {});
    const events = emitter();
    const options = rig.options({ [TASK]: () => undefined }, { events });
    const twice = jobs.runner(jobs.runner(options));
    await runOnce(jobs.runner({ ...options }));
    await utils.addJob(TASK, {});
    await runOnce(twice);
    expect(rig.otel.logs('job.started')).toHaveLength(2);
    expect(rig.otel.spans(`process ${TASK}`)).toHaveLength(2);
  });

  test('runner() - the second of two boxes leaves the runner to the first, and says so', async () => {
    const [one, two] = [rig.process(), rig.process()];
    const utils = await rig.utils(one.jobs);
    await utils.addJob(TASK, { a: 1 });
    const told = recordDiag();
    const seen: unknown[] = [];
    const options = rig.options({ [TASK]: (payload: unknown) => void seen.push(payload) });
    await runOnce(two.jobs.runner(one.jobs.runner(options)));
    expect(two.jobs.utils(utils)).toBe(utils);
    await utils.addJob('other', {});
    expect(ended(rig.otel, `process ${TASK}`).parentSpanContext?.spanId).toBe(
      ended(rig.otel, `enqueue ${TASK}`).spanContext().spanId,
    );
    expect(rig.otel.spans('enqueue other')).toHaveLength(1);
    expect(seen).toEqual([{ a: 1 }]);
    expect(told).toEqual([
      expect.stringContaining("a runner of schema 'graphile_worker' is observed already"),
      expect.stringContaining('these utils, or this runner, are observed already'),
    ]);
  });

  test('tasks() - a task list that is an argument of its own is observed like one in the options', async () => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    await utils.addJob(TASK, {});
    const { taskList: _, ...options } = rig.options({});
    let traced: unknown;
    const list = jobs.tasks({
      [TASK]: async (_payload: unknown, helpers: JobHelpers) => {
        traced = await helpers.addJob('next', {});
      },
    });
    const pool = runTaskList(jobs.runner(options), list, rig.pool);
    await until('it has run', () => rig.otel.logs('job.completed').length === 1);
    await pool.gracefulShutdown();
    expect(traced).toMatchObject({ task_identifier: 'next' });
    expect(ended(rig.otel, 'enqueue next').parentSpanContext?.spanId).toBe(
      ended(rig.otel, `process ${TASK}`).spanContext().spanId,
    );
  });

  test('runner() - tasks of a directory run in the context of their attempt', async () => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    await utils.addJob('from-file', { a: 1 });
    const { taskList: _, ...options } = rig.options({});
    await runOnce(jobs.runner({ ...options, taskDirectory: new URL('./tasks', import.meta.url).pathname }));
    const attempt = ended(rig.otel, 'process from-file');
    expect(attempt.attributes['job.attempt.outcome']).toBe('completed');
    expect(ended(rig.otel, 'enqueue next').parentSpanContext?.spanId).toBe(attempt.spanContext().spanId);
  });

  test('runner() - tasks of a single file are told too, though without context: no hook of the engine sees them', async () => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    await utils.addJob('from-one-file', { a: 1 });
    const { taskList: _, ...options } = rig.options({});
    const taskDirectory = new URL('./task-file/all.js', import.meta.url).pathname;
    await runOnce(jobs.runner({ ...options, taskDirectory }));
    expect(ended(rig.otel, 'process from-one-file').attributes['job.attempt.outcome']).toBe('completed');
    expect(rig.otel.spans('enqueue next')).toEqual([]);
  });

  test('runner() - jobs that SQL added have no enqueue, and are told all the same', async () => {
    const { jobs } = rig.process();
    await rig.utils(jobs);
    await rig.pool.query(`select graphile_worker.add_job('${TASK}', '{"a":1}')`);
    await runOnce(jobs.runner(rig.options({ [TASK]: () => undefined })));
    const attempt = ended(rig.otel, `process ${TASK}`);
    expect(attempt.parentSpanContext).toBeUndefined();
    expect(attempt.links).toEqual([]);
    expect(recorded(rig.otel, 'job.completed')['job.turnaround.duration']).toBeGreaterThan(0);
  });

  test('runner() - a local queue: the time in it counts as wait', async () => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    await utils.addJobs([1, 2].map((n) => ({ identifier: TASK, payload: { n } })));
    const preset = { worker: { localQueue: { size: 10 }, completeJobBatchDelay: 10 } };
    const held = gate();
    const runner = await run(
      jobs.runner(rig.options({ [TASK]: () => held.opened }, { preset, concurrency: 1 })),
    );
    await until('the first runs', () => rig.otel.logs('job.started').length === 1);
    const from = performance.now();
    await until('300 ms are over', () => performance.now() - from > 300);
    held.open();
    await until('both have ended', () => rig.otel.logs('job.completed').length === 2);
    const waited = performance.now() - from;
    await runner.stop();
    const [, second] = rig.otel.logs('job.started');
    const wait = Number(second?.attributes['job.wait.duration']) * 1000;
    expect(wait).toBeGreaterThan(290);
    expect(wait).toBeLessThan(waited + 1000);
  });

  test('runner() - a task that nobody knows is neither started nor failed', async () => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    await utils.addJob('unknown', {});
    await runOnce(jobs.runner(rig.options({ [TASK]: () => undefined })));
    expect(rig.otel.logs('job.started')).toEqual([]);
    expect((await rig.rows())[0]).toMatchObject({ attempts: 0 });
  });
});
