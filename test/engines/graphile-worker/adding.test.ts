import type { JobHelpers, Runner, Task } from 'graphile-worker';
import { addJobAdhoc, run, runOnce } from 'graphile-worker';
import { describe, expect, test } from 'vitest';
import { ended, eventNames, recorded } from '../../jobs/rig.js';
import { gate, Rig, SILENT, TASK, until } from './rig.js';

const rig = new Rig();

describe('utils - adding', () => {
  test.each([
    ['a plain object', { a: { b: [1, null, 'x'] } }, { a: { b: [1, null, 'x'] } }],
    ['nothing', undefined, {}],
    ['null', null, {}],
    ['a list', [1, 2], [1, 2]],
    ['text', 'text', 'text'],
    ['a number', 7, 7],
    ['something that writes itself', { toJSON: () => ({ own: true }) }, { own: true }],
  ])('addJob() - %s arrives at the task as without the wrapper', async (_, payload, arrives) => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    const job = await utils.addJob(TASK, payload);
    expect(job.payload).toEqual(arrives);
    const [many] = await utils.addJobs([{ identifier: TASK, payload: payload as object }]);
    expect(many?.payload).toEqual(arrives);
    const seen: unknown[] = [];
    await runOnce(jobs.runner(rig.options({ [TASK]: (given: unknown) => void seen.push(given) })));
    expect(seen).toEqual([arrives, arrives]);
  });

  test('addJob() - utils that are observed twice, and helpers that a task passes on to another, tell each job once', async () => {
    const { jobs } = rig.process();
    const utils = jobs.utils(await rig.utils(jobs));
    await utils.addJob(TASK, {});
    const inner: Record<string, Task> = jobs.tasks({
      inner: async (_, helpers) => void (await helpers.addJob('leaf', {})),
    });
    const outer: Task = (payload, helpers) => inner.inner?.(payload, helpers);
    await runOnce(jobs.runner(rig.options({ ...inner, [TASK]: outer, leaf: () => undefined })));
    const queued = rig.otel
      .logs('job.queued')
      .map(({ attributes }) => attributes['messaging.destination.name']);
    expect(queued).toEqual([TASK, 'leaf']);
  });

  test('addJob() - with carrier none nothing travels, and attempts are traces of their own', async () => {
    const { jobs } = rig.process({ carrier: 'none' });
    const utils = await rig.utils(jobs);
    await utils.addJob(TASK, { a: 1 });
    expect((await rig.rows())[0]?.payload).toEqual({ a: 1 });
    await runOnce(jobs.runner(rig.options({ [TASK]: () => undefined })));
    expect(ended(rig.otel, `process ${TASK}`).parentSpanContext).toBeUndefined();
  });

  test('addJob() - without an SDK nothing is put into the payload', async () => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    const { resetOtel } = await import('../../support/otel.js');
    resetOtel();
    await utils.addJob(TASK, { a: 1 });
    expect((await rig.rows())[0]?.payload).toEqual({ a: 1 });
  });

  test('addJob() - a delayed job is queued with its delay', async () => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    await utils.addJob(TASK, {}, { runAt: new Date(Date.now() + 60_000), priority: 5 });
    const queued = recorded(rig.otel, 'job.queued');
    expect(queued['job.delay']).toBeGreaterThan(59);
    expect(queued['job.delay']).toBeLessThan(61);
    expect(queued['job.priority']).toBe(5);
  });

  test('addJob() - a key that waits already is a duplicate: one job is queued, one comes to an end', async () => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    const first = await utils.addJob(TASK, { n: 1 }, { jobKey: 'k' });
    const second = await utils.addJob(TASK, { n: 2 }, { jobKey: 'k' });
    await utils.addJob(TASK, { n: 3 }, { jobKey: 'k', jobKeyMode: 'unsafe_dedupe' });
    expect(second.id).toBe(first.id);
    expect(rig.otel.logs('job.queued')).toHaveLength(1);
    expect(rig.otel.logs('job.duplicate').map((record) => record.attributes['job.id'])).toEqual([
      first.id,
      first.id,
    ]);
    const seen: unknown[] = [];
    await runOnce(jobs.runner(rig.options({ [TASK]: (given: unknown) => void seen.push(given) })));
    expect(seen).toEqual([{ n: 2 }]);
    expect(ended(rig.otel, `process ${TASK}`).parentSpanContext?.spanId).toBe(
      rig.otel.spans(`enqueue ${TASK}`)[1]?.spanContext().spanId,
    );
    expect(await rig.otel.points('job.enqueued')).toMatchObject([{ value: 1 }]);
    expect(await rig.otel.points('job.ended')).toMatchObject([{ value: 1 }]);
  });

  test('addJob() - a key whose job runs makes a new job', async () => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    const first = await utils.addJob(TASK, { n: 1 }, { jobKey: 'k' });
    const held = gate();
    const runner = await run(jobs.runner(rig.options({ [TASK]: () => held.opened })));
    await until('it runs', () => rig.otel.logs('job.started').length === 1);
    const second = await utils.addJob(TASK, { n: 2 }, { jobKey: 'k' });
    held.open();
    await until('both have ended', () => rig.otel.logs('job.completed').length === 2);
    await runner.stop();
    expect(second.id).not.toBe(first.id);
    expect(rig.otel.logs('job.queued')).toHaveLength(2);
    expect(rig.otel.logs('job.duplicate')).toEqual([]);
  });

  test('addJob() - a key whose job is dead makes a new job', async () => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    const dead = await utils.addJob(TASK, {}, { jobKey: 'k' });
    await utils.permanentlyFailJobs([dead.id]);
    expect((await utils.addJob(TASK, {}, { jobKey: 'k' })).id).not.toBe(dead.id);
    expect(rig.otel.logs('job.queued')).toHaveLength(2);
    expect(rig.otel.logs('job.duplicate')).toEqual([]);
  });

  test('addJobs() - each job has its own enqueue, and each attempt finds its own', async () => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    await utils.addJobs([
      ...Array.from({ length: 20 }, (_, n) => ({ identifier: n % 2 ? TASK : 'other', payload: { n } })),
      { identifier: TASK, payload: [1] },
    ]);
    const queued = rig.otel.logs('job.queued').map(({ attributes }) => attributes);
    expect(queued).toHaveLength(21);
    const { rows } = await rig.pool.query('select id, task_identifier from graphile_worker.jobs');
    const tasks = new Map(rows.map((row) => [row.id, row.task_identifier]));
    for (const record of queued)
      expect(tasks.get(record['job.id'])).toBe(record['messaging.destination.name']);
    const numbers = new Map<string, unknown>();
    const task = (given: unknown, { job }: JobHelpers): void =>
      void numbers.set(job.id, (given as { n?: number }).n);
    await runOnce(jobs.runner(rig.options({ [TASK]: task, other: task })));
    const enqueues = new Map(
      rig.otel
        .spans()
        .filter((span) => span.name.startsWith('enqueue '))
        .map((span) => [span.spanContext().spanId, span]),
    );
    const attempts = rig.otel.spans().filter((span) => span.name.startsWith('process '));
    expect(attempts).toHaveLength(21);
    for (const attempt of attempts) {
      const id = String(attempt.attributes['job.id']);
      if (numbers.get(id) === undefined) continue;
      expect(enqueues.get(attempt.parentSpanContext?.spanId ?? '')?.attributes['job.id']).toBe(id);
    }
  });

  test('addJobs() - without carriers the ids are those of the right task, or left out where nobody can say', async () => {
    const { jobs } = rig.process({ carrier: 'none' });
    const utils = await rig.utils(jobs);
    await utils.addJobs([
      ...Array.from({ length: 10 }, (_, n) => ({ identifier: n % 2 ? TASK : 'other', payload: { n } })),
      { identifier: TASK, payload: 'same' },
      { identifier: 'other', payload: 'same' },
    ]);
    const { rows } = await rig.pool.query('select id, task_identifier from graphile_worker.jobs');
    const tasks = new Map(rows.map((row) => [row.id, row.task_identifier]));
    const queued = rig.otel.logs('job.queued').map(({ attributes }) => attributes);
    const known = queued.filter((record) => record['job.id'] !== undefined);
    expect(queued).toHaveLength(12);
    expect(known).toHaveLength(10);
    for (const record of known)
      expect(tasks.get(record['job.id'])).toBe(record['messaging.destination.name']);
  });

  test('addJob() - what the engine refuses is rejected, and the error is the app’s as before', async () => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    await expect(utils.addJob('x'.repeat(200), { secret: 'payload' })).rejects.toThrow(/Identifier|length/i);
    expect(recorded(rig.otel, 'job.rejected')).toMatchObject({ 'job.reject.reason': 'invalid' });
    const circular: { self?: unknown } = {};
    circular.self = circular;
    await expect(utils.addJob(TASK, circular)).rejects.toThrow(/circular/i);
    const [, span] = rig.otel.spans().filter(({ name }) => name.startsWith('enqueue '));
    expect(span?.status).toEqual({ code: 2, message: 'invalid' });
  });

  test('addJob() - a database that is gone rejects with its error', async () => {
    const { jobs } = rig.process();
    const options = { connectionString: 'postgres://postgres@127.0.0.1:1/none', logger: SILENT };
    await expect(jobs.adhoc(addJobAdhoc)(options, TASK, {})).rejects.toThrow();
    expect(recorded(rig.otel, 'job.rejected')).toMatchObject({ 'job.reject.reason': 'error' });
    expect(ended(rig.otel, `enqueue ${TASK}`).attributes['error.type']).toBe('ECONNREFUSED');
  });

  test('adhoc() - a job added without utils is queued', async () => {
    const { jobs } = rig.process();
    const job = await jobs.adhoc(addJobAdhoc)({ connectionString: rig.url, logger: SILENT }, TASK, { a: 1 });
    expect(job.payload).toEqual({ a: 1 });
    expect(eventNames(ended(rig.otel, `enqueue ${TASK}`))).toEqual(['job.queued']);
  });

  test('utils() - a runner adds jobs that are told, and stays a runner', async () => {
    const { jobs } = rig.process();
    await rig.utils(jobs);
    const runner: Runner = jobs.utils(await run(jobs.runner(rig.options({ [TASK]: () => undefined }))));
    await runner.addJob(TASK, {});
    await until('it has ended', () => rig.otel.logs('job.completed').length === 1);
    await runner.stop();
    await expect(runner.stop()).rejects.toThrow('already stopped');
    expect(rig.otel.logs('job.queued')).toHaveLength(1);
  });
});
