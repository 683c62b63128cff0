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

/** Options of what runs tasks: of `run`, `runOnce`, `runTaskList`, `runTaskListOnce`. */
export type RunsTasks = RunnerOptions & Pick<RunOnceOptions, 'workerId'>;

/** Telemetry for graphile-worker. What is given keeps its type, and works as before but for what is said here. */
export interface GraphileJobs {
  /**
   * The options of `run`, `runOnce`, `runTaskList` or `runTaskListOnce`, with the tasks in them observed (those of a task directory too) and
   * the events heard. A task list that is an argument of its own goes through `tasks`. Where the engine ends the process itself, by its
   * handlers of signals, it waits for the box, for 5000 ms at most. Throws a SignalboxError where the options are no object.
   */
  runner<T extends RunsTasks>(options: T): T;
  /**
   * The part of `runner` that hears the events and observes the tasks that are loaded from files: for `graphile.config.js`, and wherever
   * presets are put together. A task list goes through `tasks`.
   *
   * @param preset The app's own, which it extends. Default: none.
   */
  preset(preset?: Preset): Preset;
  /**
   * A view of a task list in which each task is observed; the list itself stays as it is, and what changes in it later is seen. What is put
   * into the view goes to the list, is read as it was given (a stub, a spy), and is observed when the engine runs it. The runner must have
   * been given the options of `runner`, or the `preset`, too. Throws a SignalboxError where it is no object.
   */
  tasks<T extends TaskList>(tasks: T): T;
  /**
   * What `makeWorkerUtils` or `run` returned, observed in place: the jobs that it adds, ends or revives are told. Its `completeJobs`,
   * `permanentlyFailJobs`, `rescheduleJobs` and `forceUnlockWorkers` ask for the jobs before, and wait for that. Throws a SignalboxError
   * where it has no `addJob`, is of graphile-worker before 0.16, or takes no properties, as a frozen object.
   */
  utils<T extends AddsJobs>(utils: T): T;
  /**
   * `addJobAdhoc` (or `quickAddJob`), observed; the schema is that of its options. Throws a SignalboxError where it is no function, or is of
   * graphile-worker before 0.16.
   */
  adhoc(addJob: typeof quickAddJob): typeof quickAddJob;
  /** The box, bound to the attempt that runs, as `current` of `createJobs(…)` gives it. */
  current(): BoundBox;
  /**
   * Watches a task: how many jobs it has and how old the oldest is, by the engine's public view, and the ends that no event tells. One
   * process owns it. Throws a SignalboxError where the source or an option is not valid.
   *
   * @param source A `pg` pool or client, or what `makeWorkerUtils` returned: it is asked at each check, and by gauges.
   * @param task The identifier of the task.
   */
  monitor(source: JobsSource, task: string, options?: GraphileMonitorOptions): Monitor;
  /**
   * Watches what runs on a schedule by jobs of this process, as `createJobs(…).schedule` does: by default those of the task that is called as the
   * schedule is. A monitor watches the crontab of this process's runners itself: that needs none. Throws a SignalboxError where the name or an
   * option is not valid, the schedule is watched already, or the box watches 500.
   */
  schedule(name: string, options: ScheduleOptions): Schedule;
}

/**
 * Job telemetry for graphile-worker by its public events, its tasks and its utils; nothing of the engine's own code is patched. A task is a
 * queue: `messaging.destination.name` is its identifier. Workers take any task, so that their signals and metrics name the schema instead.
 *
 * An attempt is settled by `job:complete`. From 0.17 on the engine emits that when it begins to write the result (0.16: once it is
 * written): a result that could never be written is told as if it was, and once the lock has expired the engine runs the job again, where
 * it has attempts left.
 *
 * @param box What `createSignalbox` returned.
 * @param options Relation, what spans tell, carrier, identifiers of tasks, links, schema.
 * @throws {SignalboxError} When the box is none, or an option is not valid.
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
      // Whoever sees what it is given to leaves it as it is.
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
      // An instrumentation may observe it too: beneath that it is the engine's own.
      const observed = over(beneath(addJob) as typeof addJob, aroundAdhoc(adapter));
      claim(observed, adapter);
      return observed;
    },
    current: () => jobs.current(),
    schedule: (name, scheduleOptions) => jobs.schedule(name, scheduleOptions),
    monitor: (source, task, monitorOptions) => monitorTask(adapter, source, task, monitorOptions),
  };
}
