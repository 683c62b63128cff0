import { trace } from '@opentelemetry/api';
import type { RunnerOptions, Task, TaskList } from 'graphile-worker';
import { runOnce } from 'graphile-worker';
import sinon from 'sinon';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Rig, TASK } from './rig.js';

// A list of tasks through its view: what tests and apps put there is what they read, and is observed when the engine runs it.

const rig = new Rig();

afterEach(() => {
  sinon.restore();
  vi.restoreAllMocks();
});

const nothing: Task = () => undefined;

/** A task that adds another job, and notes the span that it runs in. */
function adding(): { readonly task: Task; readonly spans: (string | undefined)[] } {
  const spans: (string | undefined)[] = [];
  const task: Task = async (_payload, { addJob }) => {
    spans.push(trace.getActiveSpan()?.spanContext().spanId);
    await addJob('leaf', {});
  };
  return { task, spans };
}

/** Runs a job of the list's task, which was put there, and expects all of it to be told. */
async function expectObserved(
  put: (options: RunnerOptions & { taskList: TaskList }) => { readonly spans: (string | undefined)[] },
): Promise<void> {
  const { jobs } = rig.process();
  const utils = await rig.utils(jobs);
  await utils.addJob(TASK, {});
  const runs = jobs.runner({ ...rig.options({}), taskList: { [TASK]: nothing, leaf: nothing } as TaskList });
  const { spans } = put(runs);
  await runOnce(runs);
  expect(rig.otel.logs('job.failed')).toEqual([]);
  const [attempt] = rig.otel.spans(`process ${TASK}`);
  expect(spans).toEqual([attempt?.spanContext().spanId]);
  const [enqueue] = rig.otel.spans('enqueue leaf');
  expect(enqueue?.parentSpanContext?.spanId).toBe(attempt?.spanContext().spanId);
  expect(rig.otel.logs('job.queued')).toHaveLength(2);
}

type Put = (list: TaskList, task: Task) => void;

const PUTS: readonly (readonly [string, Put])[] = [
  [
    'assignment',
    (list, task) => {
      list[TASK] = task;
    },
  ],
  ['Object.assign', (list, task) => void Object.assign(list, { [TASK]: task })],
  [
    'Object.defineProperty',
    (list, task) => void Object.defineProperty(list, TASK, { value: task, enumerable: true }),
  ],
];

describe('what is put into the view', () => {
  test.each(PUTS)('tasks() - by %s it reads as itself, and is observed when it runs', async (_, put) => {
    const { task, spans } = adding();
    await expectObserved(({ taskList }) => {
      put(taskList, task);
      expect(taskList[TASK]).toBe(task);
      return { spans };
    });
  });

  test('tasks() - a job that starts does not change what a task reads of the view', async () => {
    const { task, spans } = adding();
    const read: unknown[] = [];
    await expectObserved(({ taskList }) => {
      const mine: Task = async (payload, helpers) => {
        read.push(taskList[TASK]);
        await task(payload, helpers);
        read.push(taskList[TASK]);
      };
      taskList[TASK] = mine;
      read.push(mine);
      return { spans };
    });
    expect(read).toEqual([read[0], read[0], read[0]]);
  });

  test('tasks() - a stub of sinon is observed when it runs', async () => {
    const { task, spans } = adding();
    await expectObserved(({ taskList }) => {
      const stub = sinon.stub(taskList, TASK as never) as sinon.SinonStub;
      stub.callsFake(task);
      expect(taskList[TASK]).toBe(stub);
      return { spans };
    });
  });

  test.each([
    ['sinon', (list: TaskList) => sinon.spy(list, TASK as never)],
    ['vitest', (list: TaskList) => vi.spyOn(list as Record<string, () => void>, TASK)],
  ])(
    'tasks() - a spy of %s over the view sees the engine’s call, which is observed once',
    async (_, spyOn) => {
      const { task, spans } = adding();
      let list: TaskList = {};
      await expectObserved(({ taskList }) => {
        list = taskList;
        taskList[TASK] = task;
        spyOn(taskList);
        return { spans };
      });
      const spy = list[TASK] as unknown as sinon.SinonSpy & { readonly mock?: { readonly calls: unknown[] } };
      expect(spy.mock?.calls.length ?? spy.callCount).toBe(1);
      expect(rig.otel.spans(`process ${TASK}`)).toHaveLength(1);
    },
  );

  test('tasks() - doubles that are taken away leave the app’s own list as it was', () => {
    const own: Task = () => undefined;
    const list: TaskList = { [TASK]: own };
    const view = rig.process().jobs.tasks(list);
    const before = view[TASK];
    sinon.stub(view, TASK as never);
    sinon.restore();
    expect([list[TASK], view[TASK]]).toEqual([own, before]);
    expect(list[TASK]).toBe(own);
    vi.spyOn(view as Record<string, () => void>, TASK);
    vi.restoreAllMocks();
    expect(list[TASK]).toBe(own);
    expect(view[TASK]).toBe(before);
  });

  test('tasks() - what was taken away through the view, and is put into the list, is observed', async () => {
    const { jobs } = rig.process();
    const { task, spans } = adding();
    const list: TaskList = { [TASK]: nothing, leaf: nothing };
    const view = jobs.tasks(list);
    view[TASK] = task;
    delete view[TASK];
    expect([TASK in list, TASK in view]).toEqual([false, false]);
    list[TASK] = task;
    expect(view[TASK]).not.toBe(task);
    const utils = await rig.utils(jobs);
    await utils.addJob(TASK, {});
    await runOnce(jobs.runner(rig.options(view)));
    expect(spans).toEqual([rig.otel.spans(`process ${TASK}`)[0]?.spanContext().spanId]);
  });

  test('tasks() - what a list refuses is not taken for put', () => {
    const own: Task = () => undefined;
    const list: TaskList = Object.freeze({ [TASK]: own });
    const view = rig.process().jobs.tasks(list);
    const before = view[TASK];
    expect(Reflect.set(view, TASK, own)).toBe(false);
    expect(view[TASK]).toBe(before);
    expect(view[TASK]).not.toBe(own);
  });

  test.each([
    ['frozen', (view: TaskList) => void Object.freeze(view)],
    ['sealed', (view: TaskList) => void Object.seal(view)],
    ['sealed, then frozen', (view: TaskList) => void Object.freeze(Object.seal(view))],
  ])('tasks() - a view that is %s shows what was put into it, observed when it runs', async (_, close) => {
    const { task, spans } = adding();
    await expectObserved(({ taskList }) => {
      taskList[TASK] = task;
      close(taskList);
      expect(Object.isSealed(taskList)).toBe(true);
      return { spans };
    });
  });

  test('tasks() - what is put into a sealed view reads as itself, and is observed when it runs', async () => {
    const { task, spans } = adding();
    await expectObserved(({ taskList }) => {
      Object.seal(taskList);
      taskList[TASK] = task;
      expect(taskList[TASK]).toBe(task);
      return { spans };
    });
  });

  test('tasks() - what is put there is observed with a local queue too, by whichever box the runner has', async () => {
    const { task, spans } = adding();
    const list: TaskList = { [TASK]: nothing, leaf: nothing };
    const view = rig.process().jobs.tasks(list);
    view[TASK] = task;
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    await utils.addJob(TASK, {});
    await runOnce(jobs.runner({ ...rig.options(view), preset: { worker: { localQueue: { size: 2 } } } }));
    expect(spans).toEqual([rig.otel.spans(`process ${TASK}`)[0]?.spanContext().spanId]);
    expect(rig.otel.spans('enqueue leaf')).toHaveLength(1);
  });
});
