import type { quickAddJob, RunnerOptions, RunOnceOptions, TaskList } from 'graphile-worker';
import type { BoundBox, WithCore } from '../../box/core.js';
import type { Monitor, Schedule, ScheduleOptions } from '../../jobs/index.js';
import { SignalboxError, shown } from '../../signal/signalbox-error.js';
import { claim, observerOf } from '../common/claim.js';
import { over } from '../common/function-proxy.js';
import { beneath } from '../common/original-method.js';
import type { GraphileJobsOptions } from './adapter-options.js';
import { aroundAdhoc } from './add-job.js';
import { connect } from './connect.js';
import type { JobsSource } from './database.js';
import { checkAdhoc } from './engine-version.js';
import type { GraphileMonitorOptions } from './monitor.js';
import { monitorTask } from './monitor.js';
import type { Preset } from './plugin.js';
import { presetWith } from './plugin.js';
import { observeTasks } from './tasks.js';
import type { AddsJobs } from './utils.js';
import { observeUtils } from './utils.js';

/** Options of the functions that run tasks: `run`, `runOnce`, `runTaskList`, `runTaskListOnce`. */
export type RunsTasks = RunnerOptions & Pick<RunOnceOptions, 'workerId'>;

/** Telemetry for graphile-worker. Everything keeps its type, and works as before except for what is said here. */
export interface GraphileJobs {
  /**
   * Returns the options of `run`, `runOnce`, `runTaskList` or `runTaskListOnce` for an observed runner. signalbox observes the tasks in them (those
   * of a task directory too) and hears the runner's events. If a task list is an argument of its own, pass it through `tasks`. When the engine ends
   * the process itself, by its handlers of signals, it waits for the box, for 5000 ms at most. Throws a SignalboxError if the options are no object.
   */
  runner<T extends RunsTasks>(options: T): T;
  /**
   * The part of `runner` that hears the events and observes the tasks that are loaded from files. Use it in `graphile.config.js`, and wherever the
   * app puts presets together. A task list goes through `tasks`.
   *
   * @param preset The app's own preset, which the result extends. Default: none.
   */
  preset(preset?: Preset): Preset;
  /**
   * Returns a view of a task list in which each task is observed. The list itself stays as it is, and the view follows its later changes. A task that
   * is put into the view goes to the list and is read as it was given (a stub, a spy); signalbox observes it when the engine runs it. The runner must
   * also have got the options of `runner`, or the `preset`. Throws a SignalboxError if the list is no object.
   */
  tasks<T extends TaskList>(tasks: T): T;
  /**
   * Observes in place what `makeWorkerUtils` or `run` returned, and returns it. signalbox emits the jobs that it adds, ends or revives. Its
   * `completeJobs`, `permanentlyFailJobs`, `rescheduleJobs` and `forceUnlockWorkers` first ask for the jobs, and wait for the answer. Throws a
   * SignalboxError if it has no `addJob`, is of graphile-worker before 0.16, or is frozen.
   */
  utils<T extends AddsJobs>(utils: T): T;
  /**
   * Returns an observed `addJobAdhoc` (or `quickAddJob`). The schema is that of its options. Throws a SignalboxError if it is no function, or is of
   * graphile-worker before 0.16.
   */
  adhoc(addJob: typeof quickAddJob): typeof quickAddJob;
  /** The box, bound to the attempt that runs now, as `current` of `createJobs(…)` returns it. */
  current(): BoundBox;
  /**
   * Watches a task: how many jobs it has and how old the oldest is, by the engine's public view, and the ends for which the engine has no event. Only
   * one process should do so. Throws a SignalboxError if the source or an option is not valid.
   *
   * @param source A `pg` pool or client, or what `makeWorkerUtils` returned. The monitor asks it at each check, and for gauges.
   * @param task The identifier of the task.
   */
  monitor(source: JobsSource, task: string, options?: GraphileMonitorOptions): Monitor;
  /**
   * Watches a schedule by the jobs of this process, as `createJobs(…).schedule` does. By default these are the jobs of the task that has the
   * schedule's name. The crontab of this process's runners needs no call of it: the monitor of the task watches it. Throws a SignalboxError if the
   * name or an option is not valid, the schedule is watched already, or the box watches 500.
   */
  schedule(name: string, options: ScheduleOptions): Schedule;
}

/**
 * Job telemetry for graphile-worker by its public events, its tasks and its utils. signalbox patches none of the engine's own code. A task is a
 * queue: `messaging.destination.name` is its identifier. Workers take any task, so their signals and metrics name the schema instead.
 *
 * The event `job:complete` settles an attempt. From 0.17 on the engine emits it when it begins to write the result (0.16: once the result is
 * written). If the engine then never writes the result, signalbox has emitted it all the same, and once the lock has expired the engine runs the job
 * again if it has attempts left.
 *
 * @param box What `createSignalbox` returned.
 * @param options Relation, what spans contain, carrier, identifiers of tasks, links, schema.
 * @throws {SignalboxError} If the box is none, or an option is not valid.
 * @see https://worker.graphile.org/docs/worker-events
 *
 * @example
 * ```ts
 * import { makeWorkerUtils, run } from 'graphile-worker';
 * import { createSignalbox } from 'signalbox';
 * import { graphileJobs } from 'signalbox/graphile-worker';
 *
 * const jobs = graphileJobs(createSignalbox());
 * const connectionString = 'postgres:///my_app';
 *
 * const runner = await run(
 *   jobs.runner({ connectionString, taskList: { mail: async (payload, helpers) => helpers.logger.info('sent') } }),
 * );
 *
 * const utils = jobs.utils(await makeWorkerUtils({ connectionString }));
 * await utils.addJob('mail', { to: 'ada' });
 *
 * jobs.monitor(utils, 'mail', { backlog: { size: 1000, ageMillis: 60_000 } });
 * ```
 */
export function graphileJobs(box: WithCore, options?: GraphileJobsOptions): GraphileJobs {
  const { adapter, jobs, plugin, unheard } = connect('graphileJobs', box, options);
  return {
    runner: (given) => {
      if (typeof given !== 'object' || given === null)
        throw new SignalboxError(`runner: the options are ${shown(given)}. Give the options of run().`);
      adapter.made.at = adapter.here();
      const preset = presetWith(given.preset, plugin);
      const own = given.taskList
        ? { ...given, preset, taskList: observeTasks(given.taskList, unheard) }
        : { ...given, preset };
      // An instrumentation leaves claimed options as they are.
      claim(own, adapter);
      return own;
    },
    preset: (preset) => presetWith(preset, plugin),
    tasks: (tasks) => {
      if (typeof tasks === 'object' && tasks !== null) return observeTasks(tasks, unheard);
      throw new SignalboxError(`tasks: received ${shown(tasks)}. Give a task list.`);
    },
    utils: (utils) => observeUtils(adapter, utils),
    adhoc: (addJob) => {
      if (typeof addJob !== 'function')
        throw new SignalboxError(`adhoc: received ${shown(addJob)}. Give addJobAdhoc or quickAddJob.`);
      checkAdhoc(addJob);
      if (observerOf(addJob)) return addJob;
      // An instrumentation may observe the function too. Beneath that is the engine's own.
      const observed = over(beneath(addJob) as typeof addJob, aroundAdhoc(adapter));
      claim(observed, adapter);
      return observed;
    },
    current: () => jobs.current(),
    schedule: (name, scheduleOptions) => jobs.schedule(name, scheduleOptions),
    monitor: (source, task, monitorOptions) => monitorTask(adapter, source, task, monitorOptions),
  };
}
