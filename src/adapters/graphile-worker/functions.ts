import type { RunnerOptions, TaskList } from 'graphile-worker';
import { observerOf } from '../common/claim.js';
import type { Around } from '../common/function-proxy.js';
import { aroundAdhoc } from './add-job.js';
import type { Connected } from './connect.js';
import { presetWith } from './plugin.js';
import { observeTasks } from './tasks.js';
import { observeUtilsWhenUsed } from './utils.js';

/** The engine's functions that run and add jobs. */
export type Functions =
  | 'run'
  | 'runOnce'
  | 'runTaskList'
  | 'runTaskListOnce'
  | 'makeWorkerUtils'
  | 'quickAddJob'
  | 'addJobAdhoc';

/** What to do in place of a call of each. An argument that `runner` or `tasks` returned stays as it is. */
export function aroundFunctions({
  adapter,
  plugin,
  unheard,
}: Connected): Readonly<Record<Functions, Around>> {
  const given = ([options, tasks, ...rest]: unknown[]): unknown[] => [
    isObject(options) && !observerOf(options) ? observedOptions(options as RunnerOptions) : options,
    isObject(tasks) ? observeTasks(tasks as TaskList, unheard) : tasks,
    ...rest,
  ];
  const observedOptions = (options: RunnerOptions): RunnerOptions => ({
    ...options,
    preset: presetWith(options.preset, plugin),
    ...(options.taskList ? { taskList: observeTasks(options.taskList, unheard) } : {}),
  });
  const runs: Around = (call, args) => call(...given(args));
  const adds = aroundAdhoc(adapter);
  return {
    run: async (call, args) => observeUtilsWhenUsed(adapter, await call(...given(args))),
    runOnce: runs,
    runTaskList: runs,
    runTaskListOnce: runs,
    makeWorkerUtils: async (call, args) => observeUtilsWhenUsed(adapter, await call(...args)),
    quickAddJob: adds,
    addJobAdhoc: adds,
  };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
