import type { RunOnceOptions, WorkerPoolOptions } from 'graphile-worker';
import { run, runOnce, runTaskList, runTaskListOnce } from 'graphile-worker';
import type { Pool, PoolClient } from 'pg';
import { createSignalbox } from 'signalbox';
import { graphileJobs } from 'signalbox/graphile-worker';
import { expectTypeOf, test } from 'vitest';

const jobs = graphileJobs(createSignalbox());
const taskList = { mail: async (): Promise<void> => undefined };
declare const pool: Pool;
declare const client: PoolClient;
declare const poolOptions: WorkerPoolOptions;
declare const onceOptions: RunOnceOptions;

test('runner() - takes any option of what it is for, and gives it back', () => {
  expectTypeOf(jobs.runner({ concurrency: 2 }).concurrency).toEqualTypeOf<number>();
  run(jobs.runner({ concurrency: 2, taskDirectory: 'x' }));
  run(jobs.runner({ crontab: '', noHandleSignals: true, taskList }));
  runOnce(jobs.runner({ taskList, maxPoolSize: 1 }));
  runTaskList(jobs.runner({ pollInterval: 10 }), jobs.tasks(taskList), pool);
  runTaskList(jobs.runner(poolOptions), jobs.tasks(taskList), pool);
  runTaskListOnce(jobs.runner(onceOptions), jobs.tasks(taskList), client);
  runTaskListOnce(jobs.runner({ workerId: 'w' }), jobs.tasks(taskList), client);
});

test('tasks() - keeps the type of the list', () => {
  expectTypeOf(jobs.tasks(taskList)).toEqualTypeOf<typeof taskList>();
});

test('preset() - is one, with or without another', () => {
  run({ preset: jobs.preset(), taskList });
  run({ preset: jobs.preset({ extends: [jobs.preset()], worker: { pollInterval: 10 } }), taskList });
});

test('runner() - what is no option of the engine does not compile', () => {
  // @ts-expect-error a text is no number of jobs
  jobs.runner({ concurrency: 'two' });
});
