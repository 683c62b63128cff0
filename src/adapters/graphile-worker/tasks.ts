import type { JobHelpers, Task, TaskList } from 'graphile-worker';
import { facade } from '../common/facade.js';
import type { Adapter } from './adapter.js';
import { observeAddJob, observeAddJobs } from './adding.js';
import type { JobEvents } from './job-events.js';

type AnyTask = (payload: unknown, helpers: JobHelpers) => ReturnType<Task>;

/** The same tasks, each run in the context of its attempt. What is no function stays for the engine to complain of. */
export function observeTasks<T extends TaskList>(adapter: Adapter, events: JobEvents, tasks: T): T {
  const observed: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [identifier, task] of Object.entries(tasks) as [string, unknown][])
    observed[identifier] = typeof task === 'function' ? observeTask(adapter, events, task as AnyTask) : task;
  return observed as T;
}

export function observeTask(adapter: Adapter, events: JobEvents, task: AnyTask): AnyTask {
  if (adapter.observed.has(task)) return task;
  const observed: AnyTask = function (this: unknown, payload, helpers) {
    const run = events.of(helpers?.job);
    // Called by hand, as in a test of the app.
    if (!run) return Reflect.apply(task, this, [payload, helpers]);
    const own = adapter.quietly('helpers', () => observeHelpers(adapter, helpers)) ?? helpers;
    return run.run(
      () => Reflect.apply(task, this, [payload, own]),
      () => helpers.withPgClient((client) => client.query('select 1')),
    );
  };
  adapter.observed.add(observed);
  return observed;
}

function observeHelpers(adapter: Adapter, helpers: JobHelpers): JobHelpers {
  // A task that calls another one passes on its own.
  if (adapter.observed.has(helpers)) return helpers;
  // 0.16 has no addJobs.
  const { addJob, addJobs }: Partial<JobHelpers> = helpers;
  const observed = facade<JobHelpers>(helpers, {
    ...(addJob ? { addJob: observeAddJob(adapter, addJob) } : {}),
    ...(addJobs ? { addJobs: observeAddJobs(adapter, addJobs) } : {}),
  });
  adapter.observed.add(observed);
  return observed;
}
