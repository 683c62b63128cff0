import type { AddJobFunction, JobHelpers, Task, TaskList, WorkerUtils } from 'graphile-worker';
import { addJobAdhoc, run, runOnce } from 'graphile-worker';
import sinon from 'sinon';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { ended, recorded } from '../../jobs/rig.js';
import { Rig, SILENT, TASK, until } from './rig.js';

const rig = new Rig();

afterEach(() => {
  sinon.restore();
  vi.restoreAllMocks();
});

function queued(): unknown[] {
  return rig.otel.logs('job.queued').map(({ attributes }) => attributes['messaging.destination.name']);
}

/** What the engine adds to the function, and its types do not say. */
function retrying({ withPgClient }: Pick<JobHelpers, 'withPgClient'>): JobHelpers['withPgClient'] {
  return (withPgClient as unknown as { withRetries: JobHelpers['withPgClient'] }).withRetries;
}

/** The helpers that a task is called with, and what `task` does with them. */
async function inTask(task: (helpers: JobHelpers) => unknown): Promise<void> {
  const { jobs } = rig.process();
  const utils = await rig.utils(jobs);
  await utils.addJob(TASK, {});
  const own: Task = async (_payload, helpers) => void (await task(helpers));
  await runOnce(jobs.runner(rig.options({ [TASK]: own, leaf: () => undefined })));
  expect(rig.otel.logs('job.failed')).toEqual([]);
}

describe('helpers', () => {
  test('helpers - are the engine’s own: withPgClient has withRetries, and what is called in a task is told', async () => {
    let answer: unknown;
    await inTask(async (helpers) => {
      const { rows } = await retrying(helpers)((client) => client.query('select 1 as one'));
      answer = rows[0];
      expect(helpers.addJob).toHaveLength(2);
      expect(Object.keys(helpers)).toContain('addJob');
      const { addJob } = helpers;
      await addJob('leaf', {});
      await helpers.addJobs([{ identifier: 'leaf', payload: {} }]);
    });
    expect(answer).toEqual({ one: 1 });
    expect(queued()).toEqual([TASK, 'leaf', 'leaf']);
  });

  test('helpers - a stub takes the place of addJob, and gives it back', async () => {
    await inTask(async (helpers) => {
      const before = helpers.addJob;
      const stub = sinon.stub(helpers, 'addJob');
      await helpers.addJob('leaf', {});
      sinon.assert.calledOnceWithExactly(stub, 'leaf', {});
      stub.restore();
      expect(helpers.addJob).toBe(before);
      await helpers.addJob('leaf', {});
    });
    expect(queued()).toEqual([TASK, 'leaf']);
  });
});

describe('utils', () => {
  test('utils() - is the object that was given, whose methods a test can spy on, stub, replace and restore', async () => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    const raw: WorkerUtils = utils;
    expect(jobs.utils(utils)).toBe(raw);
    expect(retrying(utils)).toBeTypeOf('function');
    const before = utils.addJob;
    const stub = sinon.stub(utils, 'addJob');
    await utils.addJob(TASK, {});
    stub.restore();
    expect(utils.addJob).toBe(before);
    const spy = vi.spyOn(utils, 'addJob');
    const payload = { a: 1 };
    await utils.addJob(TASK, payload);
    expect(utils.addJob).toHaveBeenCalledExactlyOnceWith(TASK, payload);
    spy.mockRestore();
    const mine: AddJobFunction = async () => ({}) as Awaited<ReturnType<AddJobFunction>>;
    utils.addJob = mine;
    expect(utils.addJob).toBe(mine);
    await utils.addJob(TASK, {});
    expect(queued()).toEqual([TASK]);
  });

  test('utils() - a double beneath that returns nothing is passed on, and its enqueue has an end', async () => {
    const { jobs } = rig.process();
    const double = { addJob: vi.fn(), addJobs: vi.fn() };
    const utils = jobs.utils(double as unknown as WorkerUtils);
    expect(utils.addJob(TASK, undefined)).toBeUndefined();
    expect(utils.addJobs([{ identifier: TASK, payload: {} }], true)).toBeUndefined();
    expect(double.addJob.mock.calls[0]?.[0]).toBe(TASK);
    expect(double.addJobs.mock.calls[0]?.[1]).toBe(true);
    expect(queued()).toEqual([TASK, TASK]);
    expect(rig.otel.spans(`enqueue ${TASK}`)).toHaveLength(2);
  });

  test('utils() - an override that adds each of many by the other method tells each job once', async () => {
    const { jobs } = rig.process();
    const given: unknown[] = [];
    const engine = {
      addJob: (_task: string, payload: unknown) => {
        given.push(payload);
        return Promise.resolve({ id: String(given.length), payload, revision: 0 });
      },
      addJobs(specs: { identifier: string; payload: unknown }[]) {
        return Promise.all(specs.map(({ identifier, payload }) => this.addJob(identifier, payload)));
      },
    };
    const utils = jobs.utils(engine as unknown as WorkerUtils);
    await utils.addJobs([1, 2].map((n) => ({ identifier: TASK, payload: { n } })));
    expect(given).toHaveLength(2);
    expect(queued()).toEqual([TASK, TASK]);
    expect(rig.otel.spans(`enqueue ${TASK}`)).toHaveLength(2);
  });

  test('addJob() - what is awaited is the promise of the engine, and nothing is awaited before it is called', async () => {
    const { jobs } = rig.process();
    const promise = Promise.resolve({ id: '1', payload: {}, revision: 0 });
    const calls: string[] = [];
    const engine = {
      addJob: () => {
        calls.push('called');
        return promise;
      },
    };
    const utils = jobs.utils(engine as unknown as WorkerUtils);
    const result = utils.addJob(TASK, {});
    calls.push('returned');
    expect(result).toBe(promise);
    expect(calls).toEqual(['called', 'returned']);
    await result;
    expect(queued()).toEqual([TASK]);
  });

  test('utils() - a frozen object is refused at once, with the fix', () => {
    const { jobs } = rig.process();
    const frozen = Object.freeze({ addJob: () => Promise.reject(new Error('never')) });
    expect(() => jobs.utils(frozen as unknown as WorkerUtils)).toThrow(
      'utils: the object is frozen, and can not be observed. Freeze it afterwards.',
    );
  });

  test('utils() - a runner is the one that was given, and its methods are its own', async () => {
    const { jobs } = rig.process();
    const runner = await run(jobs.runner(rig.options({ [TASK]: () => undefined })));
    const { stop, events } = runner;
    expect(jobs.utils(runner)).toBe(runner);
    expect(runner.stop).toBe(stop);
    expect(runner.events).toBe(events);
    const stub = sinon.stub(runner, 'addJob');
    await (runner.addJob as AddJobFunction)(TASK, {});
    stub.restore();
    await runner.addJob(TASK, {});
    await until('it has ended', () => rig.otel.logs('job.completed').length === 1);
    await runner.stop();
    expect(queued()).toEqual([TASK]);
  });

  test('adhoc() - keeps name and length, and is observed once', async () => {
    const { jobs } = rig.process();
    const add = jobs.adhoc(addJobAdhoc);
    expect([add.name, add.length]).toEqual([addJobAdhoc.name, addJobAdhoc.length]);
    await jobs.adhoc(add)({ connectionString: rig.url, logger: SILENT }, TASK, {});
    expect(queued()).toEqual([TASK]);
  });

  test.each(['Connection terminated unexpectedly', 'Connection terminated due to connection timeout'])(
    'addJob() - "%s" has no code, and is an error of the store',
    async (message) => {
      const { jobs } = rig.process();
      const utils = jobs.utils({
        addJob: ((..._: unknown[]) => Promise.reject(new Error(message))) as AddJobFunction,
      });
      await expect(utils.addJob(TASK, {})).rejects.toThrow(message);
      expect(recorded(rig.otel, 'job.rejected')).toMatchObject({
        'job.reject.reason': 'error',
        'exception.message': message,
      });
    },
  );
});

describe('tasks', () => {
  test('tasks() - the list stays as it is; a task keeps its name, length and properties, and gets what the engine gives', async () => {
    const { jobs } = rig.process();
    const calls: unknown[][] = [];
    const mail = Object.assign(
      function mail(this: unknown, ...args: unknown[]) {
        calls.push([this, ...args]);
      },
      { schema: 'mail.json', displayName: 'Mail' },
    );
    const list = { [TASK]: mail } satisfies TaskList;
    const view = jobs.tasks(list);
    expect(list[TASK]).toBe(mail);
    const { name, length, schema, displayName } = view[TASK];
    expect([name, length, schema, displayName]).toEqual(['mail', 0, 'mail.json', 'Mail']);
    expect(jobs.tasks(view)).toBe(view);
    expect(rig.process().jobs.tasks(list)).toBe(view);
    const utils = await rig.utils(jobs);
    await utils.addJob(TASK, [1, 2]);
    await runOnce(jobs.runner(rig.options(view)));
    expect(calls).toHaveLength(1);
    expect(calls[0]).toHaveLength(3);
    expect(calls[0]?.slice(0, 2)).toEqual([undefined, [1, 2]]);
    expect(rig.otel.spans(`process ${TASK}`)).toHaveLength(1);
  });

  test('tasks() - getters, lists without a prototype and frozen ones are read as the engine reads them, later tasks too', () => {
    const { jobs } = rig.process();
    const mail: Task = () => undefined;
    class Lazy {
      #mail = mail;
      get mail(): Task {
        return this.#mail;
      }
    }
    const lazy = new Lazy();
    Object.defineProperty(lazy, 'own', { get: () => lazy.mail, enumerable: true });
    const view = jobs.tasks(lazy as unknown as TaskList);
    expect(view).toBeInstanceOf(Lazy);
    expect(Object.keys(view)).toEqual(['own']);
    expect(view.own?.name).toBe('mail');
    expect(view.own).toBe(view.own);
    const bare = Object.assign(Object.create(null) as TaskList, { mail });
    const ofBare = jobs.tasks(bare);
    expect(Object.getPrototypeOf(ofBare)).toBeNull();
    bare.later = mail;
    expect(Object.keys(ofBare)).toEqual(['mail', 'later']);
    expect('later' in ofBare).toBe(true);
    const ofFrozen = jobs.tasks(Object.freeze({ mail, broken: 7 as unknown as Task }));
    expect(ofFrozen.mail?.name).toBe('mail');
    expect(ofFrozen.broken).toBe(7);
    const frozen = Object.freeze(jobs.tasks({ mail }));
    expect(Object.isFrozen(frozen)).toBe(true);
    expect({ ...frozen }.mail).toBe(frozen.mail);
  });

  test('tasks() - a spy that stands in the list later is what runs, and reads as a spy', async () => {
    const { jobs } = rig.process();
    const list = { mail: (() => undefined) as Task };
    const view = jobs.tasks(list);
    const spy = vi.spyOn(list, 'mail');
    const utils = await rig.utils(jobs);
    await utils.addJob(TASK, {});
    await runOnce(jobs.runner(rig.options(view)));
    expect(spy).toHaveBeenCalledOnce();
    expect(view.mail).toHaveBeenCalledOnce();
    expect(ended(rig.otel, `process ${TASK}`).attributes['job.attempt.outcome']).toBe('completed');
  });

  test('preset() - hears a runner that gets its tasks of tasks()', async () => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    await utils.addJob(TASK, {});
    const preset = jobs.preset({ worker: { pollInterval: 60_000 } });
    const { taskList = {}, ...options } = rig.options({ [TASK]: () => undefined });
    await runOnce({ ...options, preset, taskList: jobs.tasks(taskList) });
    expect(ended(rig.otel, `process ${TASK}`).attributes['job.attempt.outcome']).toBe('completed');
  });
});
